import { SITE_RULES } from './static-server-rules.ts';

/** The path of the file server in the image, below the app's folder. */
export const SERVER_PATH = '.gantry/serve.mjs';
/** The path of the server's settings: `{ "fallback": true }`. */
export const SETTINGS_PATH = '.gantry/site.json';

/**
 * The file server of static sites, as the image holds it. It is one file without dependencies, kept as text because the
 * builder itself is one bundled file. `node serve.mjs <folder>` listens on `PORT` and serves GET and HEAD with
 * validators, ranges and compression. It never leaves the folder, hides dot files and the builder's own files, and
 * finishes open requests before it exits on SIGTERM. A request for a missing page is answered by `_redirects`, by
 * `404.html`, or by the page that shows all paths, in that order. `node serve.mjs --check <folder>` is the last step of
 * a build: it finds the folder of the build's page, or fails.
 */
export const SERVER_SOURCE = String.raw`import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

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
const COMPRESSED = /^(text\/|image\/svg|font\/(ttf|otf)|application\/(json|manifest|xml|wasm))/;
const OWN_FILES = new Set(['/gantry.json', '/gantry.toml', '/Procfile', '/Staticfile', '/_headers', '/_redirects']);
const HERE = dirname(fileURLToPath(import.meta.url));
const SMALLEST = 1024;
const LARGEST = 10 * 1024 * 1024;
const HELD = 64 * 1024 * 1024;
const settings = readSettings();
const etags = new Map();
const encoded = new Map();
let held = 0;

function readSettings() {
  try {
    return JSON.parse(readFileSync(join(HERE, 'site.json'), 'utf8'));
  } catch {
    return {};
  }
}

/** The path of a request. Undefined if the server must not serve it. */
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

/** The file at a path. Undefined if there is none, or if a link leads out of the site. */
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

/** The file for a path: the file itself, a folder's index.html, or the page of that name. */
async function lookUp(path) {
  const found = await fileAt(path);
  if (found?.info.isFile() && !path.endsWith('/')) return found;
  const page = path.endsWith('/') ? undefined : await fileAt(path + '.html');
  if (found?.info.isDirectory()) {
    const index = await fileAt(join(path, 'index.html'));
    if (!index?.info.isFile()) return page?.info.isFile() ? page : undefined;
    return path.endsWith('/') ? index : { redirect: '/' + path.split('/').filter(Boolean).map(encodeURIComponent).join('/') + '/' };
  }
  return page?.info.isFile() ? page : undefined;
}

/** The hash of a file's content. Times and inodes are useless in an image, and differ between replicas. */
async function etagOf(file) {
  if (!etags.has(file)) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    etags.set(file, hash.digest('base64url').slice(0, 22));
  }
  return etags.get(file);
}

/**
 * Whether the file's name holds a hash: the content of such a file never changes. Build tools write hashes of eight or
 * more letters with digits, or in both cases.
 */
function isHashed(file) {
  const path = file.slice(root.length).split(sep).join('/');
  if (/^\/(_next\/static|_nuxt|_astro|_app\/immutable)\//.test(path)) return true;
  const hash = /[.-]([A-Za-z0-9_-]{8,})\.(\w+)$/.exec(basename(path).replace(/\.map$/, ''));
  if (!hash) return false;
  const mixed = /\d/.test(hash[1]) ? /[A-Za-z]/.test(hash[1]) : /[a-z]/.test(hash[1]) ? /[A-Z].*[A-Z]/.test(hash[1]) : /^[A-Z]{8}$/.test(hash[1]);
  return mixed && (/^(m?js|css)$/.test(hash[2]) || /^\/(.*\/)?(assets|static|media|build|fonts?)\//.test(path));
}

/** The encoding for an answer: one that the client accepts, if compression is worth its cost. */
function encodingFor(request, type, size) {
  if (!COMPRESSED.test(type) || size < SMALLEST || size > LARGEST || request.headers.range) return undefined;
  const taken = String(request.headers['accept-encoding'] ?? '').toLowerCase().split(',').map((part) => part.trim());
  const takes = (name) => taken.some((part) => part.split(';')[0].trim() === name && !/;\s*q=0(\.0*)?$/.test(part));
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined;
}

async function encodedFile(file, encoding) {
  const key = encoding + ' ' + file;
  const known = encoded.get(key);
  if (known) return known;
  const content = await readFile(file);
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  const result = encoding === 'br' ? await promisify(brotliCompress)(content, options) : await promisify(gzip)(content);
  if (held + result.length <= HELD) {
    held += result.length;
    encoded.set(key, result);
  }
  return result;
}

/**
 * The bytes that a Range header asks for: undefined for the whole file, null if the range is invalid. A request for
 * several ranges gets the whole file.
 */
function rangeOf(request, etag, size) {
  const condition = request.headers['if-range'];
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined || (from === '' && to === '') || (condition && condition !== etag)) return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start < size && start <= end ? { start, end } : null;
}

async function send(request, response, status, { file, info }) {
  const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
  const encoding = encodingFor(request, type, info.size);
  const etag = '"' + (await etagOf(file)) + (encoding ? '-' + encoding : '') + '"';
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  response.setHeader('etag', etag);
  response.setHeader('cache-control', status === 200 && isHashed(file) ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('x-content-type-options', 'nosniff');
  if (COMPRESSED.test(type)) response.setHeader('vary', 'accept-encoding');
  for (const [name, value] of headersFor(request.url)) response.setHeader(name, value);
  if (status === 200 && (known.includes(etag) || known.includes('*'))) return response.writeHead(304).end();
  if (!response.hasHeader('content-type')) response.setHeader('content-type', type);
  if (encoding) {
    const content = await encodedFile(file, encoding);
    response.writeHead(status, { 'content-encoding': encoding, 'content-length': content.length });
    return response.end(request.method === 'HEAD' ? undefined : content);
  }
  response.setHeader('accept-ranges', 'bytes');
  const range = status === 200 ? rangeOf(request, etag, info.size) : undefined;
  if (range === null) return response.writeHead(416, { 'content-range': 'bytes */' + info.size, 'content-length': 0 }).end();
  const { start, end } = range ?? { start: 0, end: Math.max(0, info.size - 1) };
  if (range) response.setHeader('content-range', 'bytes ' + start + '-' + end + '/' + info.size);
  response.writeHead(range ? 206 : status, { 'content-length': range ? end - start + 1 : info.size });
  if (request.method === 'HEAD') return response.end();
  const content = createReadStream(file, { start, end });
  content.on('error', () => response.destroy());
  response.on('close', () => content.destroy());
  content.pipe(response);
}

function plain(response, status, text, headers = {}) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text + '\n');
}

/**
 * Whether a browser asks for a page. A missing script or picture gets 404 even if the site shows all paths on one page.
 */
function asksForPage(request, path) {
  return /\btext\/html\b/.test(request.headers.accept ?? '') && extname(path) === '';
}

async function answer(request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(response, 405, 'Method not allowed', { allow: 'GET, HEAD' });
  const path = pathOf(request.url ?? '/');
  const rule = path === undefined ? undefined : redirectFor(path);
  const found = path === undefined || rule?.forced ? undefined : await lookUp(path);
  if (found?.redirect) return plain(response, 308, 'Moved', { location: found.redirect });
  if (found) return send(request, response, 200, found);
  if (rule && rule.status >= 300 && rule.status < 400) return plain(response, rule.status, 'Moved', { location: rule.to });
  const target = rule && (await lookUp(pathOf(rule.to) ?? '/'));
  if (target?.file) return send(request, response, rule.status, target);
  const page = await fileAt('404.html');
  if (page?.info.isFile()) return send(request, response, 404, page);
  const fallback = settings.fallback === true ? 'index.html' : settings.fallback;
  const single = path !== undefined && fallback && asksForPage(request, path) ? await fileAt(fallback) : undefined;
  return single?.info.isFile() ? send(request, response, 200, single) : plain(response, 404, 'Not found');
}
${SITE_RULES}
if (process.argv[2] === '--check') process.exit(await check(process.argv[3] ?? '.'));
const root = await realpath(resolve(process.argv[2] ?? '.'));
const { headersFor, redirectFor } = await readRules(root);
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
