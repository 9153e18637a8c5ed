import { setTimeout as sleep } from 'node:timers/promises';
import type { Principal } from '../../../kernel/iam.ts';
import { REGION } from '../../../kernel/kernel.ts';
import type { Invocation, QueueSender, StreamReader, StreamRecord } from '../../../kernel/ports.ts';
import type { Collection } from '../../../kernel/store.ts';
import { type Mapping, reportedFailures } from './mapping.ts';

/** How long one read of the stream waits, in milliseconds. */
const WAIT_MS = 20_000;
/** The first pause after a failure, and the longest, in milliseconds. */
const BACKOFF_MS = { first: 100, longest: 10_000 };

/** A mapping's position in its stream; null is the stream's beginning. */
export interface Position {
  readonly sequence: string | null;
}

export interface StreamSourceOptions {
  readonly mapping: Mapping;
  readonly streams: StreamReader;
  readonly queues: QueueSender;
  readonly positions: Collection<Position>;
  /** The function's role: it must be allowed to read the stream and to send to the dead-letter queue. */
  principal(): Principal;
  invoke(event: unknown): Promise<Invocation>;
  /** Called at each invocation with the age of its last record, in milliseconds. */
  measured(ageMs: number): void;
  note(line: string): void;
}

/**
 * Feeds a function from a stream, in order and one batch at a time, until `signal` aborts. The position is saved after each batch, so a crash repeats
 * the last batch at most and skips none.
 */
export async function runStreamSource(options: StreamSourceOptions, signal: AbortSignal): Promise<void> {
  const { mapping, positions } = options;
  await persistently(options, signal, () => begin(options, signal));
  while (!signal.aborted) {
    const records = await persistently(options, signal, () => gather(options, signal));
    const last = records?.at(-1);
    if (records === undefined || last === undefined) continue;
    const wanted = records.filter((record) => mapping.matches({ ...record }));
    await deliver(options, wanted, signal);
    if (!signal.aborted) positions.put(mapping.id, { sequence: last.dynamodb.SequenceNumber });
  }
}

/** Repeats failures around the function: they are never the records' fault, so no record is given up. */
async function persistently<T>(
  { mapping, note }: StreamSourceOptions,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  for (let pause = BACKOFF_MS.first; !signal.aborted; pause = Math.min(pause * 2, BACKOFF_MS.longest)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return undefined;
      note(`${mapping.id}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

function read(
  options: StreamSourceOptions,
  after: string | undefined,
  max: number,
  waitMs: number,
  signal: AbortSignal,
) {
  return options.streams.read(options.mapping.sourceArn, after, max, waitMs, options.principal(), signal);
}

/** `LATEST` skips the records from before the mapping's first start. */
async function begin(options: StreamSourceOptions, signal: AbortSignal): Promise<void> {
  const { mapping, positions } = options;
  if (positions.get(mapping.id) !== undefined) return;
  let sequence: string | undefined;
  while (mapping.fromLatest && !signal.aborted) {
    const last = (await read(options, sequence, 1000, 0, signal)).at(-1);
    if (last === undefined) break;
    sequence = last.dynamodb.SequenceNumber;
  }
  positions.put(mapping.id, { sequence: sequence ?? null });
}

async function gather(options: StreamSourceOptions, signal: AbortSignal): Promise<StreamRecord[]> {
  const { mapping } = options;
  const records = [
    ...(await read(
      options,
      options.positions.get(mapping.id)?.sequence ?? undefined,
      mapping.batchSize,
      WAIT_MS,
      signal,
    )),
  ];
  const end = Date.now() + mapping.windowMs;
  while (records.length > 0 && records.length < mapping.batchSize && Date.now() < end && !signal.aborted) {
    const after = records.at(-1)?.dynamodb.SequenceNumber;
    records.push(...(await read(options, after, mapping.batchSize - records.length, end - Date.now(), signal)));
  }
  return records;
}

/**
 * Invokes until the records are handled, their attempts are used up (then they go to the dead-letter queue), or `signal` aborts. A reported failure
 * keeps the success before it; a bisected batch gives each half all of its attempts.
 */
async function deliver(
  options: StreamSourceOptions,
  batch: readonly StreamRecord[],
  signal: AbortSignal,
): Promise<void> {
  const { mapping } = options;
  let records = batch;
  let pause = BACKOFF_MS.first;
  let attempts = 0;
  while (records.length > 0 && !signal.aborted) {
    options.measured(ageOf(records.at(-1)));
    const answer = await persistently(options, signal, () => options.invoke({ Records: records.map(shape(mapping)) }));
    if (answer === undefined) return;
    const rest = unhandled(mapping, records, answer);
    if (rest.length === 0) return;
    const split = Math.floor(rest.length / 2);
    if (mapping.bisects && split > 0 && rest.length === records.length) {
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      await deliver(options, rest.slice(0, split), signal);
      await deliver(options, rest.slice(split), signal);
      return;
    }
    attempts = rest.length < records.length ? 1 : attempts + 1;
    records = rest;
    if (attempts > mapping.retries) {
      const failure = answer.ok ? undefined : answer.errorType;
      await persistently(options, signal, () => bury(options, rest, attempts, failure));
      return;
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, BACKOFF_MS.longest);
  }
}

function ageOf(record: StreamRecord | undefined): number {
  const seconds = record?.dynamodb.ApproximateCreationDateTime;
  return typeof seconds === 'number' ? Math.max(0, Date.now() - seconds * 1000) : 0;
}

/** The records from the first failed one on. */
function unhandled(mapping: Mapping, records: readonly StreamRecord[], answer: Invocation): readonly StreamRecord[] {
  if (!answer.ok) return records;
  if (!mapping.reportsFailures) return [];
  const failed = reportedFailures(answer.payload, new Set(records.map((record) => record.dynamodb.SequenceNumber)));
  if (failed === undefined) return records;
  const first = records.findIndex((record) => failed.has(record.dynamodb.SequenceNumber));
  return first < 0 ? [] : records.slice(first);
}

function shape(mapping: Mapping) {
  return (record: StreamRecord) => ({
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: REGION,
    dynamodb: record.dynamodb,
    eventSourceARN: mapping.sourceArn,
  });
}

/** Names the abandoned records, as Lambda does: by their place in the stream, without their content. */
async function bury(
  options: StreamSourceOptions,
  records: readonly StreamRecord[],
  attempts: number,
  errorType: string | undefined,
): Promise<void> {
  const { mapping } = options;
  if (mapping.deadLetterArn === undefined) return;
  const at = (record: StreamRecord | undefined) => {
    const seconds = record?.dynamodb.ApproximateCreationDateTime;
    return new Date(typeof seconds === 'number' ? seconds * 1000 : Date.now()).toISOString();
  };
  const body = {
    requestContext: {
      functionArn: `${mapping.functionArn}:$LATEST`,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: attempts,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: errorType === undefined ? null : 'Unhandled',
    },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000000000000000000-00000000',
      startSequenceNumber: records[0]?.dynamodb.SequenceNumber,
      endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: at(records[0]),
      approximateArrivalOfLastRecord: at(records.at(-1)),
      batchSize: records.length,
      streamArn: mapping.sourceArn,
    },
  };
  await options.queues.send(mapping.deadLetterArn, JSON.stringify(body), options.principal());
}
