import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import ms from 'ms';
import { page } from './page.js';

const { name, version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const port = Number(process.env.PORT ?? 8080);

/** Where the app runs, as the platform tells it: these names alone, since a page is no place for anything else. */
const PLACE = /^GANTRY_(PROJECT|ENVIRONMENT|SERVICE|RELEASE|DEPLOYMENT)(_ID|_NAME)?$/;

const html = () => {
  const known = Object.entries(process.env)
    .filter(([key]) => PLACE.test(key))
    .map(([key, value]) => [key.slice('GANTRY_'.length).toLowerCase().replaceAll('_', ' '), value]);
  const uptime = ms(Math.round(process.uptime() * 1000), { long: true });
  return page(name, version, [['version', version], ['node', process.version], ['up for', uptime], ...known]);
};

const routes = {
  '/': () => ['text/html; charset=utf-8', html()],
  '/version': () => ['application/json', `${JSON.stringify({ name, version, node: process.version })}\n`],
  '/healthz': () => ['text/plain; charset=utf-8', 'ok\n'],
};

const server = createServer((request, response) => {
  const started = performance.now();
  const { method = 'GET', url = '/' } = request;
  const path = url.split('?')[0];
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const allowed = method === 'GET' || method === 'HEAD';
  const status = route === undefined ? 404 : allowed ? 200 : 405;
  const [type, body] = status === 200 ? route() : ['text/plain; charset=utf-8', status === 404 ? 'Not found\n' : 'Method not allowed\n'];
  response.on('finish', () => {
    const duration = Number((performance.now() - started).toFixed(1));
    console.log(JSON.stringify({ level: 'info', message: `${method} ${path} ${status}`, method, path, status, ms: duration }));
  });
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
});

server.listen(port, () => {
  console.log(JSON.stringify({ level: 'info', message: `${name} ${version} listens on port ${server.address().port}` }));
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    console.log(JSON.stringify({ level: 'info', message: `${signal}: finishing open requests` }));
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 10_000).unref();
  });
}
