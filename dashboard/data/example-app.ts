import { treeOf } from '@gantry/client/source-tree.ts';
import type { Chosen } from './chosen.ts';

const PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>It works</title>
  <style>
    body { font: 18px/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; }
    h1 { font-size: 2rem; }
  </style>
  <h1>It works</h1>
  <p>This page comes from an app on your Gantry. Now deploy one of your own.</p>
</html>
`;

const SERVER = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const page = readFileSync('page.html');
const port = process.env.PORT;

createServer((request, response) => {
  console.log(JSON.stringify({ level: 'info', message: \`\${request.method} \${request.url}\` }));
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
}).listen(port, () => console.log(\`listening on \${port}\`));
`;

const FILES = {
  'package.json': `${JSON.stringify({ name: 'example', private: true, type: 'module', scripts: { start: 'node server.js' } }, null, 2)}\n`,
  'page.html': PAGE,
  'server.js': SERVER,
};

/** A small web app for users without code of their own. */
export function exampleApp(): Chosen {
  const files = Object.entries(FILES).map(([path, text]) => [path, new Blob([text])] as const);
  return { kind: 'folder', name: 'the example app', tree: treeOf(files) };
}
