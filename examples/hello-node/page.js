const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text) => String(text).replace(/[&<>"]/g, (character) => ENTITIES[character]);

/** The page that the app shows: `facts` is a list of label and value. */
export function page(name, version, facts) {
  const rows = facts.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`).join('\n        ');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escape(name)} ${escape(version)}</title>
    <style>
      :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
      body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif; }
      main { width: min(32rem, calc(100vw - 3rem)); }
      h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }
      p { margin: 0 0 2rem; opacity: .75; }
      dl { display: grid; grid-template-columns: auto 1fr; margin: 0; border-top: 1px solid var(--line); }
      dt, dd { margin: 0; padding: .6rem 0; border-bottom: 1px solid var(--line); }
      dt { padding-right: 2rem; opacity: .75; }
      dd { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <main>
      <h1>Hello from ${escape(name)}</h1>
      <p>It runs. Change the code, deploy again, and this page shows the new version.</p>
      <dl>
        ${rows}
      </dl>
    </main>
  </body>
</html>
`;
}
