import { type ExecSession, execLimits } from '@gantry/contract/schemas/exec.ts';
import { topics } from '@gantry/contract/topics.ts';
import { send } from '../realtime/push.ts';
import type { Ending } from './ending.ts';

type Stream = 'stdout' | 'stderr';

/** Bytes of one frame: with base64 and its fields it stays below the 32 KB that are billed as one message. */
const FRAME = 20 * 1024;
/** After a session's end, the sender drops the remaining output after this time, in milliseconds. */
const DRAIN_MS = 15_000;

/** Sends a command's output to the one connection that follows it, in order. */
export interface Sender {
  print(stream: Stream, bytes: Buffer): void;
  /** Keeps the session alive. */
  beat(): void;
  /** Resolves when all output is sent, or cannot be sent. */
  drained(): Promise<void>;
  exit(ending: Ending): Promise<void>;
  /** The connection is closed. */
  readonly gone: Promise<void>;
  /** The output exceeded its limit; the rest is not sent. */
  readonly full: Promise<void>;
}

/**
 * Output that arrives while a frame is being sent goes into the next frame. So the echo of a key goes at once, and a flood goes in frames of 20 KB.
 */
export function createSender({ id }: Pick<ExecSession, 'id'>, connectionId: string): Sender {
  const topic = topics.exec(id);
  const waiting: { readonly stream: Stream; bytes: Buffer }[] = [];
  const gone = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  let printed = 0;
  let sequence = 0;
  let closed = false;
  let sending: Promise<void> | undefined;

  const next = (): { readonly stream: Stream; readonly data: string } | undefined => {
    const [first] = waiting;
    if (first === undefined) return undefined;
    const taken = first.bytes.subarray(0, FRAME);
    first.bytes = first.bytes.subarray(FRAME);
    if (first.bytes.length === 0) waiting.shift();
    return { stream: first.stream, data: taken.toString('base64') };
  };
  const post = async (stream: Stream, data: string) => {
    sequence += 1;
    if ((await send(connectionId, { type: 'output', topic, sequence, stream, data })) === 'sent') return;
    closed = true;
    gone.resolve();
  };
  const pump = async () => {
    for (let piece = next(); piece !== undefined && !closed; piece = next()) await post(piece.stream, piece.data);
  };
  const start = (work: () => Promise<void>) => {
    sending ??= work()
      .catch(() => {
        closed = true;
        gone.resolve();
      })
      .finally(() => {
        sending = undefined;
        if (waiting.length > 0 && !closed) start(pump);
      });
  };

  return {
    gone: gone.promise,
    full: full.promise,
    print(stream, bytes) {
      const room = Math.max(0, execLimits.outputBytes - printed);
      printed += bytes.length;
      if (bytes.length > room) full.resolve();
      const kept = bytes.subarray(0, room);
      const last = waiting.at(-1);
      if (kept.length === 0 || closed) return;
      if (last?.stream === stream) last.bytes = Buffer.concat([last.bytes, kept]);
      else waiting.push({ stream, bytes: kept });
      start(pump);
    },
    beat() {
      start(() => post('stdout', ''));
    },
    async drained() {
      const limit = Promise.withResolvers<void>();
      const timer = setTimeout(limit.resolve, DRAIN_MS);
      const all = async () => {
        while (sending !== undefined) await sending;
      };
      await Promise.race([all(), limit.promise]);
      clearTimeout(timer);
    },
    async exit({ end, exitCode, detail }) {
      if (!closed) await send(connectionId, { type: 'exit', topic, end, exitCode, detail });
    },
  };
}
