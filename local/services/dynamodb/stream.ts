import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { Iam } from '../../kernel/iam.ts';
import { REGION } from '../../kernel/kernel.ts';
import type { StreamReader, StreamRecord } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { type Engine, type Json, stream } from './engine.ts';

/** Writes that bypass this room (by hand, into the engine) are seen this late. */
const POLL_MS = 1_000;
const MAX_RECORDS = 1_000;

/** The streams of the declared tables, and the notice that something was written. */
export interface Streams extends StreamReader {
  /** A stream by the ARN in the template, and its ARN in the engine. */
  add(streamArn: string, engineArn: string): void;
  wrote(): void;
}

/** Reads the engine's streams. A waiting reader wakes up at the first write through this room. */
export function createStreams(iam: Iam, engine: () => Promise<Engine>): Streams {
  const engineArns = new Map<string, string>();
  /**
   * The position of the last read of each stream, with the engine's iterator for the next records. After an error the
   * next read finds its position again.
   */
  const places = new Map<string, { readonly sequence: string | undefined; readonly iterator: string }>();
  const writes = new EventEmitter().setMaxListeners(0);
  let written = 0;

  /** The iterator behind the record with this number, or of the oldest record. Undefined before the first write. */
  const locate = async (StreamArn: string, sequence: string | undefined): Promise<string | undefined> => {
    const source = await engine();
    const { StreamDescription } = await source.call(stream('DescribeStream'), { StreamArn });
    const shards = (StreamDescription as { readonly Shards?: readonly { readonly ShardId: string }[] }).Shards ?? [];
    const ShardId = shards.at(-1)?.ShardId;
    if (ShardId === undefined) return undefined;
    const position =
      sequence === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequence };
    const { ShardIterator } = await source.call(stream('GetShardIterator'), { StreamArn, ShardId, ...position });
    return ShardIterator as string;
  };

  const records = async (streamArn: string, sequence: string | undefined, max: number): Promise<StreamRecord[]> => {
    const StreamArn = engineArns.get(streamArn);
    if (StreamArn === undefined) throw new AwsError('ResourceNotFoundException', `Stream ${streamArn} is not found.`);
    const place = places.get(streamArn);
    places.delete(streamArn);
    const goesOn = place !== undefined && place.sequence === sequence;
    const ShardIterator = goesOn ? place.iterator : await locate(StreamArn, sequence);
    if (ShardIterator === undefined) return [];
    const source = await engine();
    const answer = await source.call(stream('GetRecords'), { ShardIterator, Limit: Math.min(max, MAX_RECORDS) });
    const found = answer.Records as readonly (StreamRecord & Json)[];
    const iterator = answer.NextShardIterator;
    if (typeof iterator === 'string') {
      places.set(streamArn, { sequence: found.at(-1)?.dynamodb.SequenceNumber ?? sequence, iterator });
    }
    return found.map((record) => ({
      ...record,
      // The engine numbers the records of each table from one; on AWS an id is unique among all records.
      eventID: createHash('md5').update(`${streamArn}/${record.dynamodb.SequenceNumber}`).digest('hex'),
      awsRegion: REGION,
      eventSourceARN: streamArn,
    }));
  };

  return {
    add: (streamArn, engineArn) => void engineArns.set(streamArn, engineArn),
    wrote() {
      written += 1;
      writes.emit('write');
    },
    async read(streamArn, sequence, max, waitMs, principal, signal) {
      const actions = ['DescribeStream', 'GetShardIterator', 'GetRecords', 'ListStreams'];
      iam.require(principal, ...actions.map((name) => ({ action: `dynamodb:${name}`, resource: streamArn })));
      const deadline = Date.now() + waitMs;
      for (;;) {
        const before = written;
        const found = await records(streamArn, sequence, max);
        const left = deadline - Date.now();
        if (found.length > 0 || left <= 0 || signal.aborted) return found;
        if (before === written) await nextWrite(writes, Math.min(left, POLL_MS), signal);
      }
    },
  };
}

/** Resolves at the next write, after `ms`, or when the reader gives up. */
async function nextWrite(writes: EventEmitter, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await once(writes, 'write', { signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]) });
  } catch {
    // Aborted: the time is up.
  }
}
