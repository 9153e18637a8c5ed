import { GantryError } from '@gantry/contract/errors.ts';
import {
  type ExecEnd,
  type ExecSession,
  execLimits,
  type NewExec,
  type TerminalSize,
} from '@gantry/contract/schemas/exec.ts';
import { topics } from '@gantry/contract/topics.ts';
import type { Client } from './client.ts';
import type { Target } from './follow.ts';
import type { Live } from './live.ts';

/** How a command ended. */
export interface ExecResult {
  readonly end: ExecEnd;
  /** Null if the command did not end by itself. */
  readonly exitCode: number | null;
  readonly detail: string | null;
}

export interface Exec {
  readonly session: ExecSession;
  /** Sends bytes to the command; resolves when more may follow. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the command's stdin. */
  end(): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
  /** Ends the session, with its connection. */
  close(): void;
  /** Rejects with the known reason when the session is lost. */
  readonly result: Promise<ExecResult>;
}

export interface Executing {
  /** Opens the live connection of the session. It is called once the API has accepted the command. */
  readonly connect: () => Promise<Live>;
  readonly client: Client;
  readonly target: Target;
  readonly request: NewExec;
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
}

/** The platform sends a sign of life at least every ten seconds. */
const SILENCE_MS = 45_000;
/** The number of input frames in transit: as many as API Gateway's local stand-in handles per connection, and few enough that a key arrives soon. */
const WINDOW = 4;

/**
 * Runs a command in a service. The session ends with its live connection. Throws the API's refusal. Later, a lost connection or a silent platform is
 * Unavailable: the command then ends, and never runs again.
 */
export async function openExec({ connect, client, target, request, onOutput }: Executing): Promise<Exec> {
  const session = await client('exec.create', { params: target, body: request });
  const live = await connect();
  const topic = topics.exec(session.id);
  const result = Promise.withResolvers<ExecResult>();
  result.promise.catch(() => undefined);
  const onWay = new Set<number>();
  const waiting: (() => void)[] = [];
  let sequence = 0;
  let over = false;
  const settle = () => {
    over = true;
    clearTimeout(silence);
    for (const go of waiting.splice(0)) go();
  };
  const lost = (detail: string) => new GantryError('Unavailable', detail);
  const listen = () =>
    setTimeout(() => result.reject(lost('The platform does not answer any more, and ends the command.')), SILENCE_MS);
  let silence = listen();
  void result.promise.then(settle, settle);
  await live.subscribe(target, topic, {
    onFrame(frame) {
      clearTimeout(silence);
      if (!over) silence = listen();
      if (frame.type === 'output' && frame.data !== '') onOutput(frame.stream, bytesOf(frame.data));
      if (frame.type === 'exit') result.resolve({ end: frame.end, exitCode: frame.exitCode, detail: frame.detail });
      if (frame.type !== 'taken') return;
      onWay.delete(frame.sequence);
      waiting.shift()?.();
    },
    onEnd: (error) =>
      result.reject(
        error.kind === 'NotFound' ? lost('The connection was lost, and the command ended with it.') : error,
      ),
  });
  const send = async (part: { data?: string; end?: true; size?: TerminalSize }) => {
    while (onWay.size >= WINDOW && !over) await new Promise<void>((resolve) => waiting.push(resolve));
    if (over) return;
    sequence += 1;
    onWay.add(sequence);
    live.type({ type: 'input', topic, sequence, ...part });
  };
  let last = Promise.resolve();
  const inOrder = (work: () => Promise<void>) => {
    last = last.then(work);
    return last;
  };
  return {
    session,
    result: result.promise,
    close: () => live.close(),
    write: (bytes) =>
      inOrder(async () => {
        for (let at = 0; at < bytes.length; at += execLimits.bytesOfInput)
          await send({ data: textOf(bytes.subarray(at, at + execLimits.bytesOfInput)) });
      }),
    end: () => inOrder(() => send({ end: true })),
    resize: (size) => inOrder(() => send({ size })),
  };
}

function textOf(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
