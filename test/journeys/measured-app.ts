import type { Target } from '@gantry/local/example/deploy.ts';

/** What the load generator sent to one release, and what it saw. */
interface Sent {
  readonly releaseId: string;
  readonly requests: number;
  readonly errors: number;
  /** How long a slow answer took, at least and at most, in milliseconds. */
  readonly slow: { readonly shortest: number; readonly longest: number };
}

/** The load of this run. The minutes that it fell into are over when `metrics.ts` reads them, at the end of the same file. */
export const load: { target: Target | undefined; readonly sent: Sent[] } = { target: undefined, sent: [] };

export const SLOW_MS = 300;

/** It also says how much memory it has, as its kernel counts it, in bytes. */
export const MEASURED = `const { readFileSync } = require('node:fs');
const held = Buffer.alloc(50_000_000, 1);
require('node:http').createServer((request, response) => {
  if (request.url === '/bad') return response.writeHead(500).end('bad');
  if (request.url === '/slow') return setTimeout(() => response.end('slow'), ${SLOW_MS});
  if (request.url !== '/memory') return response.end('ok' + held.length);
  const status = readFileSync('/proc/self/status', 'utf8');
  response.end(String(1024 * [...status.matchAll(/^Rss(?:Anon|Shmem):\\s+(\\d+) kB$/gm)].reduce((sum, [, kb]) => sum + Number(kb), 0)));
}).listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));`;
