import { type ExecSession, execLimits } from '@gantry/contract/schemas/exec.ts';
import { topics } from '@gantry/contract/topics.ts';
import { send } from '../realtime/push.ts';
import type { Ending } from './ending.ts';

type Stream = 'stdout' | 'stderr';

/** Bytes of one frame: in base64, with what stands around them, less than the 32 KB that are paid as one message. */
const FRAME = 20 * 1024;
/** After a session's end, the sender gives up on the remaining output after this time, in milliseconds. */
const DRAIN_MS = 15_000;

/** Sends what a command prints to the one connection that follows it, in order. */
export interface Sender {
  print(stream: Stream, bytes: Buffer): void;
  /** Says that the session goes on. */
  beat(): void;
  /** Resolves when all that was printed is sent, or cannot be. */
  drained(): Promise<void>;
  exit(ending: Ending): Promise<void>;
  /** The connection is closed. */
  readonly gone: Promise<void>;
  /** More was printed than a session may print; what is above it is not sent. */
  readonly full: Promise<void>;
}

/**
 * While a frame is on its way, what is printed meanwhile is gathered for the next: a key's echo goes at once, and a flood in frames of 20 KB.
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
