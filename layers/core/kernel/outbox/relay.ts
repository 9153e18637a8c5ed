import { environment } from '@gantry/cloud/environment.ts';
import { MAX_ENTRIES, putEvents } from '@gantry/cloud/eventbridge.ts';
import { sendMessage } from '@gantry/cloud/sqs.ts';
import { EVENT_SOURCE, EventEnvelope } from '@gantry/contract/events.ts';
import { eachLimited } from '../limited.ts';

/** The most bytes of events in one PutEvents request, without its other fields. */
const MAX_BYTES = 250_000;

/** The number of parallel requests. */
const CONCURRENCY = 5;

export interface Relayed {
  readonly sent: readonly EventEnvelope[];
  /** The index of the first event that the bus refused; undefined when it accepted all. */
  readonly failedAt: number | undefined;
}

/**
 * Puts committed events on the bus and answers which ones it accepted. The stream repeats from the first refused event: delivery is at least once,
 * and nobody relies on an order, which no queue keeps. A malformed item goes to the relay's dead letters at once, because the stream would block all
 * later events until it gave up.
 */
export async function relay(envelopes: readonly string[]): Promise<Relayed> {
  const sent: EventEnvelope[] = [];
  const refused: number[] = [];
  await eachLimited(batchesOf(envelopes), CONCURRENCY, async ({ start, end }) => {
    const batch = envelopes.slice(start, end).map((text, offset) => ({ text, index: start + offset, ...read(text) }));
    for (const { text, refusal } of batch) if (refusal !== undefined) await bury(text, refusal);
    const sendable = batch.flatMap(({ envelope, text, index }) => (envelope ? [{ envelope, text, index }] : []));
    if (sendable.length === 0) return;
    const [first] = await putEvents(sendable.map(({ envelope, text }) => entryOf(envelope, text)));
    sent.push(...sendable.slice(0, first).map(({ envelope }) => envelope));
    const index = first === undefined ? undefined : sendable[first]?.index;
    if (index !== undefined) refused.push(index);
  });
  return { sent, failedAt: refused.length === 0 ? undefined : Math.min(...refused) };
}

function batchesOf(envelopes: readonly string[]): { start: number; end: number }[] {
  const batches: { start: number; end: number }[] = [];
  for (let start = 0; start < envelopes.length; start = batches.at(-1)?.end ?? envelopes.length) {
    batches.push({ start, end: endOfBatch(envelopes, start) });
  }
  return batches;
}

function entryOf({ name }: EventEnvelope, text: string) {
  return { EventBusName: environment('BUS_NAME'), Source: EVENT_SOURCE, DetailType: name, Detail: text };
}

/** At most ten events, and as many bytes as one request takes. */
function endOfBatch(envelopes: readonly string[], start: number): number {
  let bytes = 0;
  let end = start;
  for (; end < envelopes.length && end - start < MAX_ENTRIES; end += 1) {
    bytes += Buffer.byteLength(envelopes[end] ?? '');
    if (bytes > MAX_BYTES && end > start) break;
  }
  return end;
}

function read(text: string): { readonly envelope?: EventEnvelope; readonly refusal?: string } {
  try {
    return { envelope: EventEnvelope.parse(JSON.parse(text)) };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

async function bury(envelope: string, refusal: string): Promise<void> {
  await sendMessage(environment('RELAY_DEAD_LETTERS_URL'), JSON.stringify({ envelope, refusal }));
}
