import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { available } from '@gantry/cloud/failures.ts';
import { METRIC_DAYS, type MetricStep } from '@gantry/contract/metric-points.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { eachLimited } from '../kernel/limited.ts';
import { documents, tableName } from '../kernel/table.ts';
import type { InstanceKey } from './instances.ts';
import { readProgress, writeProgress } from './progress.ts';

/**
 * The measurements of an instance in one minute, five minutes or one hour, packed into one item. It is not an ElectroDB
 * entity: ElectroDB's own attributes would take a quarter of the kilobyte that a write unit pays for.
 */
export interface SpanRecord {
  /** The beginning of the span, in minutes since 1970. */
  readonly minute: number;
  readonly packed: Uint8Array;
  /** Rises with each write. */
  readonly version: number;
}

interface Item {
  readonly sk: string;
  readonly p: Uint8Array;
  readonly v: number;
}

const DAY_SECONDS = 24 * 3600;

function partitionOf({ teamId, serviceId, environmentId }: InstanceKey): string {
  return `team#${teamId}#metrics#${serviceId}#${environmentId}`;
}

/** A minute since 1970 as keys have it, in eight digits. It has as many until the year 2160. */
export const minuteKey = (minute: number): string => String(minute).padStart(8, '0');

function keyOf(step: MetricStep, minute: number): string {
  return `${step}#${minuteKey(minute)}`;
}

/** The spans of an instance that begin from one minute (since 1970) until before another, oldest first, strongly consistent. Each page is 1 MB. */
export async function readSpans(
  instance: InstanceKey,
  step: MetricStep,
  from: number,
  until: number,
): Promise<SpanRecord[]> {
  const spans: SpanRecord[] = [];
  if (until <= from) return spans;
  for await (const items of pagesOf(instance, keyOf(step, from), keyOf(step, until - 1)))
    for (const { sk, p, v } of items) spans.push({ minute: Number(sk.split('#')[1]), packed: p, version: v });
  return spans;
}

/** Writes a span unless somebody else wrote it since it was read; `known` is undefined for a new one. Says whether it was written. */
export async function writeSpan(
  instance: InstanceKey,
  step: MetricStep,
  minute: number,
  packed: Uint8Array,
  known: SpanRecord | undefined,
): Promise<boolean> {
  const ttl = minute * 60 + METRIC_DAYS[step] * DAY_SECONDS;
  const put = new PutCommand({
    TableName: tableName,
    Item: { pk: partitionOf(instance), sk: keyOf(step, minute), p: packed, v: (known?.version ?? 0) + 1, ttl },
    ...(known === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: 'v = :known', ExpressionAttributeValues: { ':known': known.version } }),
  });
  return (await unlessRefused(() => available('The database', () => documents.send(put)))) !== undefined;
}

const CONCURRENCY = 10;

/** Deletes all spans of an instance; harmless when repeated. Answers false when `deadline` (milliseconds since 1970) passed first. */
export async function eraseSpans(instance: InstanceKey, deadline: number): Promise<boolean> {
  for await (const items of pagesOf(instance, '0', ':')) {
    await eachLimited(items, CONCURRENCY, async ({ sk }) => {
      await documents.send(new DeleteCommand({ TableName: tableName, Key: { pk: partitionOf(instance), sk } }));
    });
    if (Date.now() >= deadline) return false;
  }
  return true;
}

async function* pagesOf(instance: InstanceKey, from: string, to: string) {
  let start: Record<string, unknown> | undefined;
  do {
    const query = new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': partitionOf(instance), ':from': from, ':to': to },
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    const { Items = [], LastEvaluatedKey } = await available('The database', () => documents.send(query));
    yield Items.map(({ sk, p, v }): Item => ({ sk: String(sk), p, v: Number(v) }));
    start = LastEvaluatedKey;
  } while (start !== undefined);
}

/** How far was collected: looks at replicas, roll-ups, and the traffic, each in its own time. */
export type Collected = 'looks' | 'traffic';

/** The last minute (since 1970) that was collected of every instance; undefined before the first. */
export const readCollected = (of: Collected) => readProgress('metrics', of);

/** Records that a minute was collected of every instance, as in `writeProgress`. */
export const writeCollected = (of: Collected, minute: number, now: number) => writeProgress('metrics', of, minute, now);
