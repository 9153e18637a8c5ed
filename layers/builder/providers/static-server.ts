/** Where the file server stands in the image, below the app's folder. */
export const SERVER_PATH = '.gantry/serve.mjs';

/**
 * The file server of static sites, as the image holds it: one file without dependencies, kept as text because the builder is
 * itself one bundled file. `node serve.mjs <folder>` listens on `PORT`, serves GET and HEAD with validators, never leaves the
 * folder, hides dot files and the builder's own files, and ends open requests before it exits on SIGTERM.
 */
export const SERVER_SOURCE = String.raw`import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.htm': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.json': 'application/json',
  '.map': 'application/json', '.webmanifest': 'application/manifest+json', '.xml': 'application/xml',
  '.txt': 'text/plain; charset=utf-8', '.md': 'text/markdown; charset=utf-8', '.csv': 'text/csv; charset=utf-8',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.gif': 'image/gif',
  '.webp': 'image/webp', '.avif': 'image/avif', '.ico': 'image/x-icon', '.woff': 'font/woff', '.woff2': 'font/woff2',
  '.ttf': 'font/ttf', '.otf': 'font/otf', '.mp3': 'audio/mpeg', '.wav': 'audio/wav', '.mp4': 'video/mp4',
  '.webm': 'video/webm', '.pdf': 'application/pdf', '.wasm': 'application/wasm', '.zip': 'application/zip',
};
const OWN_FILES = new Set(['/gantry.json', '/gantry.toml', '/Procfile', '/Staticfile']);
const etags = new Map();
const root = await realpath(resolve(process.argv[2] ?? '.'));

/** The path that a request names, or undefined where it names none that may be served. */
function pathOf(url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/)[0]);
  } catch {
    return undefined;
  }
  const parts = path.split('/');
  const hidden = parts.some((part) => part.startsWith('.') && part !== '.well-known');
  return !path.startsWith('/') || hidden || /[\0\\]/.test(path) || OWN_FILES.has(path) ? undefined : path;
}

/** The file at a path, where there is one and no link leads out of the site. */
async function fileAt(path) {
  try {
    const file = await realpath(join(root, path));
    const info = await stat(file);
    const inside = file === root || file.startsWith(root.endsWith(sep) ? root : root + sep);
    return inside ? { file, info } : undefined;
  } catch {
    return undefined;
  }
}

/** What answers a path: the file, a folder's index.html, or the page of that name. */
async function lookUp(path) {
  const found = await fileAt(path);
  if (found?.info.isFile() && !path.endsWith('/')) return found;
  if (found?.info.isDirectory()) {
    const index = await fileAt(join(path, 'index.html'));
    if (!index?.info.isFile()) return undefined;
    return path.endsWith('/') ? index : { redirect: '/' + path.split('/').filter(Boolean).map(encodeURIComponent).join('/') + '/' };
  }
  const page = path.endsWith('/') ? undefined : await fileAt(path + '.html');
  return page?.info.isFile() ? page : undefined;
}

/** The hash of a file's content: times and inodes say nothing in an image, and differ between replicas. */
async function etagOf(file) {
  if (!etags.has(file)) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    etags.set(file, '"' + hash.digest('base64url').slice(0, 22) + '"');
  }
  return etags.get(file);
}

async function send(request, response, status, { file, info }) {
  const etag = await etagOf(file);
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  response.setHeader('etag', etag);
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('x-content-type-options', 'nosniff');
  if (status === 200 && (known.includes(etag) || known.includes('*'))) return response.writeHead(304).end();
  const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
  response.writeHead(status, { 'content-type': type, 'content-length': info.size });
  if (request.method === 'HEAD') return response.end();
  const content = createReadStream(file, { end: Math.max(0, info.size - 1) });
  content.on('error', () => response.destroy());
  response.on('close', () => content.destroy());
  content.pipe(response);
}

function plain(response, status, text, headers = {}) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text + '\n');
}

async function answer(request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'Method not allowed', { allow: 'GET, HEAD' });
  const path = pathOf(request.url ?? '/');
  const found = path === undefined ? undefined : await lookUp(path);
  if (found?.redirect) return plain(response, 308, 'Moved', { location: found.redirect });
  if (found) return send(request, response, 200, found);
  const page = await fileAt('404.html');
  return page?.info.isFile() ? send(request, response, 404, page) : plain(response, 404, 'Not found');
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => (response.headersSent ? response.destroy() : plain(response, 500, 'Internal error')));
});
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST || undefined, () => {
  console.log('Serving files on port ' + server.address().port);
});
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 10_000).unref();
  });
}
`;
