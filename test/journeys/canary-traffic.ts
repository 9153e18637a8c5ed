import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { running } from './developer.ts';
import { visit } from './platform.ts';

/** An app that answers with its name, and fails one of `every` requests for /order; 0 for none. */
export const orders = (name: string, every: number) =>
  running(`let asked = 0;
require('node:http').createServer((request, response) => {
  const fails = request.url === '/order' && ${every} > 0 && ++asked % ${every} === 0;
  response.writeHead(fails ? 500 : 200).end('${name}');
}).listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));`);

/** A deployment that waits for its traffic, under load, and the answers that the load has seen. */
interface Canary {
  readonly target: Target;
  readonly url: string;
  readonly queued: Deployment;
  readonly seen: Seen;
}

interface Seen {
  sent: number;
  failed: number;
  lost: number;
}

/** The canaries of this run. The minutes that judge them pass while other journeys run; `canary.ts` looks at their ends. */
export const canaries = new Map<'bad' | 'good' | 'advanced' | 'watched', Canary>();

const REQUESTS_A_SECOND = 10;
const loads: Promise<void>[] = [];
let isOver = false;

/** Sends requests to an app until `endLoads`. */
export function load(url: string): Seen {
  const seen = { sent: 0, failed: 0, lost: 0 };
  loads.push(send(url, seen));
  return seen;
}

async function send(url: string, seen: Seen): Promise<void> {
  while (!isOver) {
    const sent = visit(url, '/order').then(
      ({ status }) => {
        seen.sent += 1;
        if (status === 500) seen.failed += 1;
        else if (status !== 200) seen.lost += 1;
      },
      () => {
        seen.lost += 1;
      },
    );
    await Promise.all([sent, sleep(1000 / REQUESTS_A_SECOND)]);
  }
}

/** Ends the load of all canaries. */
export async function endLoads(): Promise<void> {
  isOver = true;
  await Promise.all(loads);
}
