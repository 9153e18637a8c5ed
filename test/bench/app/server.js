const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const version = readFileSync(join(__dirname, 'version.txt'), 'utf8').trim();
let bootMs = 0;

/** Prints lines that say when they were printed, in milliseconds since 1970, so that a reader knows how old each is. */
async function print(lines, everyMs, atOnce) {
  for (let line = 1; line <= lines; line += 1) {
    console.log(`at ${performance.timeOrigin + performance.now()}`);
    if (everyMs > 0 && line % atOnce === 0) await sleep(everyMs);
  }
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  const number = (name) => Number(searchParams.get(name));
  if (pathname === '/print') void print(number('lines'), number('everyMs'), number('atOnce'));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ version, bootMs }));
});

server.listen(Number(process.env.PORT), () => {
  bootMs = performance.now();
});
process.once('SIGTERM', () => server.close(() => process.exit(0)));
