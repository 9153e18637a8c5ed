import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const STYLE = `
:root { color-scheme: light dark; --text: #1c1c28; --back: #f4f4f8; --card: #fff; --line: #d9d9e3; --accent: #3b2fc9; --good: #1b6e3c; --bad: #8c1d18; }
@media (prefers-color-scheme: dark) { :root { --text: #ececf4; --back: #12121a; --card: #1c1c28; --line: #33334a; --accent: #a9a2ff; --good: #6fdc9a; --bad: #ffb4ab; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 1rem; color: var(--text); background: var(--back); }
main { width: min(28rem, 100%); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
.brand { margin: 0 0 1.25rem; font-weight: 700; color: var(--accent); }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
h1.good { color: var(--good); }
h1.bad { color: var(--bad); }
p { margin: .5rem 0 0; }
code { font-family: ui-monospace, monospace; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const PAGES = {
  done: {
    status: 200,
    tone: 'good',
    title: 'You are signed in',
    text: 'Return to your terminal. You can close this page.',
  },
  failed: {
    status: 400,
    tone: 'bad',
    title: 'You are not signed in',
    text: 'Return to your terminal: it says why. To try again, run <code>gantry login</code>.',
  },
  proved: {
    status: 200,
    tone: 'good',
    title: 'GitHub has said who you are',
    text: 'Return to your terminal. You can close this page.',
  },
  unproved: {
    status: 400,
    tone: 'bad',
    title: 'GitHub has not said who you are',
    text: 'Return to your terminal: it says why. To try again, run <code>gantry github join</code>.',
  },
  stranger: {
    status: 404,
    tone: 'bad',
    title: 'This page is not part of a sign-in',
    text: 'To sign in, run <code>gantry login</code> in your terminal and use the address that it prints.',
  },
} as const;

/**
 * Shows the result of a sign-in in the browser, and resolves once the browser has it or is gone. The page cannot run, load or post anything, and
 * sends the address with the code nowhere.
 */
export async function showPage(response: ServerResponse, page: keyof typeof PAGES): Promise<void> {
  const { status, tone, title, text } = PAGES[page];
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('close', resolve);
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  response.end(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Gantry</title>
<style>${STYLE}</style></head><body><main><p class="brand">Gantry</p><h1 class="${tone}">${title}</h1><p>${text}</p></main></body></html>
`);
  await promise;
}
