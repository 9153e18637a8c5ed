import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { MetricStep } from '@gantry/contract/metric-points.ts';
import { fromQuantiles } from '@gantry/core/metrics/histogram.ts';
import { pack } from '@gantry/core/metrics/packing.ts';
import { NOTHING, type Reading } from '@gantry/core/metrics/reading.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import type { Endpoints } from './platform.ts';

const DAY = 24 * 60;
/** How many minutes back points of each length reach. */
const REACH: readonly (readonly [step: MetricStep, minutes: number])[] = [
  [60, 13 * 60],
  [300, 2 * DAY],
  [3600, 31 * DAY],
  [21_600, 90 * DAY],
];
/** AWS's limit for the items of one transaction. */
const MOST_ITEMS = 100;

/**
 * Gives a service a past: points of 90 days, with more requests by day than by night. The older release answers until an hour ago, slowly and with errors
 * in the end, and the newer one since then.
 */
export async function giveHistory(
  { aws: endpoint, region, credentials, outputs }: Endpoints,
  { teamId, serviceId, environmentId }: Target,
  [older, newer]: readonly [older: string, newer: string],
): Promise<void> {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
  const TableName = tableIn(outputs);
  const now = Math.floor(Date.now() / 60_000);
  const pk = `team#${teamId}#metrics#${serviceId}#${environmentId}`;
  const items = REACH.flatMap(([step, minutes]) => {
    const length = step / 60;
    const first = Math.ceil((now - minutes) / length) * length;
    return Array.from({ length: Math.floor((now - first) / length) }, (_, index) => {
      const minute = first + index * length;
      const release = minute < now - 60 ? older : newer;
      const p = pack(new Map([[release, readingAt(minute, length, now - 60)]]));
      return { pk, sk: `${step}#${String(minute).padStart(8, '0')}`, p, v: 1, ttl: now * 60 + 86_400 };
    });
  });
  for (let at = 0; at < items.length; at += MOST_ITEMS) {
    const TransactItems = items.slice(at, at + MOST_ITEMS).map((Item) => ({ Put: { TableName, Item } }));
    await documents.send(new TransactWriteCommand({ TransactItems }));
  }
  documents.destroy();
}

/** The measurements of some minutes. The service is bad in the hour before `changed`, and good since then. */
function readingAt(minute: number, length: number, changed: number): Reading {
  const noise = (seed: number) => Math.abs(Math.sin(minute * seed) * 10_000) % 1;
  const day = 0.55 - 0.45 * Math.cos((2 * Math.PI * (minute % DAY)) / DAY);
  const isIll = minute >= changed - 60 && minute < changed;
  const requests = Math.round(length * (20 + 180 * day) * (0.85 + 0.3 * noise(1.7)));
  const slow = (isIll ? 4 : 1) * (0.9 + 0.4 * noise(2.3));
  const shares = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];
  const known = shares.map((share) => ({ share, ms: slow * 8 * 30 ** (share ** 2) }));
  const memory = Math.round((118 + (isIll ? 90 : 14 * noise(0.9))) * 1024);
  return {
    ...NOTHING,
    requests,
    errors: Math.round(requests * (isIll ? 0.06 * (0.5 + noise(3.1)) : noise(5.3) > 0.93 ? 0.004 : 0)),
    times: fromQuantiles(requests, known),
    looks: length,
    ...{ cpu: Math.round(length * 900 * day * (0.2 + 0.1 * noise(1.1))), memory: memory * length, mostMemory: memory },
    replicas: length * (day > 0.75 ? 3 : 2),
    restarts: minute < changed ? 0 : 2,
  };
}

/** The table's name, from the exports of the data stack. */
export function tableIn(outputs: Endpoints['outputs']): string {
  const [, exported = {}] = Object.entries(outputs).find(([stack]) => stack.endsWith('-data')) ?? [];
  const found = Object.values(exported).find((value) => /^gantry-[^:]*-Table[^:]*$/.test(value));
  if (found === undefined) throw new Error('the data stack does not export its table');
  return found;
}
