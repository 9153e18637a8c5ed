import { setTimeout as sleep } from 'node:timers/promises';
import type { Principal } from '../../../kernel/iam.ts';
import { REGION } from '../../../kernel/kernel.ts';
import type { Invocation, QueuePoller, ReceivedMessage } from '../../../kernel/ports.ts';
import { type Mapping, reportedFailures } from './mapping.ts';

/** How long one read of the queue waits, in milliseconds (SQS long polling). */
const WAIT_MS = 20_000;
/** The pause after a queue could not be read, in milliseconds. */
const PAUSE_MS = 1000;
/**
 * How long a batch may run before another starts beside it, in milliseconds. Lambda starts with five at once. Here a new worker costs more than most
 * batches, and the messages that arrive meanwhile form one batch.
 */
const BESIDE_MS = 250;

export interface QueueSourceOptions {
  readonly mapping: Mapping;
  readonly queues: QueuePoller;
  /** The function's role: it must be allowed to receive and delete. */
  principal(): Principal;
  invoke(event: unknown): Promise<Invocation>;
  note(line: string): void;
}

/**
 * Feeds a function from a queue until `signal` aborts. Messages of a successful batch are deleted; others return after their visibility timeout, and
 * so reach the queue's dead-letter queue.
 */
export async function runQueueSource(options: QueueSourceOptions, signal: AbortSignal): Promise<void> {
  const { mapping } = options;
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    try {
      const messages = await gather(options, signal);
      if (messages.length === 0) continue;
      const batch = handle(options, messages).catch((error: unknown) => note(options, error));
      running.add(batch);
      void batch.then(() => running.delete(batch));
      const beside = running.size < mapping.concurrency ? [sleep(BESIDE_MS)] : [];
      await Promise.race([...running, ...beside]);
    } catch (error) {
      if (signal.aborted) break;
      note(options, error);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  await Promise.all(running);
}

function note({ mapping, note }: QueueSourceOptions, error: unknown): void {
  note(`${mapping.id}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
}

/** A batch: the present messages, or those that arrive within the batching window. */
async function gather(options: QueueSourceOptions, signal: AbortSignal): Promise<ReceivedMessage[]> {
  const { mapping, queues } = options;
  const receive = (missing: number, waitMs: number) =>
    queues.receive(mapping.sourceArn, Math.min(missing, 10), waitMs, options.principal(), signal);
  const messages = await receive(mapping.batchSize, WAIT_MS);
  const end = Date.now() + mapping.windowMs;
  while (messages.length > 0 && messages.length < mapping.batchSize && Date.now() < end && !signal.aborted) {
    messages.push(...(await receive(mapping.batchSize - messages.length, end - Date.now())));
  }
  return messages;
}

async function handle(options: QueueSourceOptions, messages: readonly ReceivedMessage[]): Promise<void> {
  const { mapping, queues } = options;
  const records = messages.map((message) => ({
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: {},
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: mapping.sourceArn,
    awsRegion: REGION,
  }));
  const wanted = records.filter((record) => mapping.matches({ ...record, body: parsed(record.body) }));
  const failed = wanted.length === 0 ? new Set<string>() : await failures(options, wanted);
  const done = records.filter((record) => !failed.has(record.messageId)).map((record) => record.receiptHandle);
  if (done.length > 0) await queues.remove(mapping.sourceArn, done, options.principal());
}

async function failures(
  { invoke, mapping }: QueueSourceOptions,
  records: readonly { readonly messageId: string }[],
): Promise<ReadonlySet<string>> {
  const all = new Set(records.map((record) => record.messageId));
  const answer = await invoke({ Records: records });
  if (!answer.ok) return all;
  if (!mapping.reportsFailures) return new Set();
  return reportedFailures(answer.payload, all) ?? all;
}

/** A filter reads a body that is JSON. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
