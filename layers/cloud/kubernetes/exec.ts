import { PassThrough } from 'node:stream';
import { GantryError } from '@gantry/contract/errors.ts';
import { WebSocketHandler } from '@kubernetes/client-node/dist/web-socket-handler.js';
import { connection } from './client.ts';

/** The command, and the container in which it runs. */
export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** With a terminal there is one output, and a size. */
  readonly terminal: boolean;
}

/** The end of a command: its exit code, or the reason without one. */
export type ExecOutcome = { readonly exitCode: number } | { readonly failure: string };

export interface PodExec {
  write(bytes: Buffer): void;
  endInput(): void;
  resize(columns: number, rows: number): void;
  /** Closes the connection. The container runtime decides whether the command ends then. */
  close(): void;
  /** Undefined when the connection ended before the command's result arrived. */
  readonly outcome: Promise<ExecOutcome | undefined>;
}

/** Channels of v4 and v5: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/remotecommand */
const STDOUT = 1;
const STATUS = 3;
const { StdinStream, ResizeStream, CloseStream } = WebSocketHandler;
/** Longer than a busy node needs. */
const OPEN_MS = 15_000;

interface Status {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/**
 * Runs a command in a container over a WebSocket of the API server, which needs the rights to get and create `pods/exec`. `print` gets the output, in
 * order. Throws NotFound for an unknown pod, Forbidden when the role is not bound in the namespace, otherwise Unavailable.
 */
export async function execInPod(
  { namespace, pod, container, command, terminal }: ExecTarget,
  print: (stream: 'stdout' | 'stderr', bytes: Buffer) => void,
): Promise<PodExec> {
  const { config } = await connection();
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', tty: String(terminal) });
  query.set('stderr', String(!terminal));
  for (const word of command) query.append('command', word);
  const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}/exec?${query}`;
  let told: ExecOutcome | undefined;
  const receive = (channel: number, bytes: Buffer): boolean => {
    if (channel === STATUS) told = outcomeOf(JSON.parse(bytes.toString('utf8')) as Status);
    else if (channel <= STATUS && bytes.length > 0) print(channel === STDOUT ? 'stdout' : 'stderr', bytes);
    return told === undefined;
  };
  const opening = new WebSocketHandler(config, undefined, unused()).connect(path, null, receive);
  const socket = await inTime(opening).catch((cause: unknown) => {
    throw refusal(pod, cause);
  });
  const outcome = new Promise<ExecOutcome | undefined>((resolve) => {
    if (socket.readyState > socket.OPEN) resolve(told);
    socket.onclose = () => resolve(told);
    socket.onerror = () => undefined;
  });
  const send = (channel: number, bytes: Buffer) => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel]), bytes]));
  };
  return {
    outcome,
    write: (bytes) => send(StdinStream, bytes),
    endInput: () => send(CloseStream, Buffer.from([StdinStream])),
    resize: (columns, rows) => send(ResizeStream, Buffer.from(JSON.stringify({ Width: columns, Height: rows }))),
    close: () => socket.close(),
  };
}

/** Streams that the client may close when the server says so, instead of this process's own. */
function unused() {
  return { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
}

function outcomeOf({ status, reason, message = '', details }: Status): ExecOutcome {
  if (status === 'Success') return { exitCode: 0 };
  const code = details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  return reason === 'NonZeroExitCode' && code !== undefined ? { exitCode: Number(code) } : { failure: message };
}

async function inTime<T extends { close(): void }>(opening: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the cluster did not answer in time')), OPEN_MS);
  try {
    return await Promise.race([opening, late.promise]);
  } catch (error) {
    void opening.then((socket) => socket.close()).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The client reports a refused handshake by its status only. */
function refusal(pod: string, event: unknown): GantryError {
  const message = typeof event === 'object' && event !== null && 'message' in event ? String(event.message) : '';
  const cause = event instanceof Error ? event : new Error(message);
  if (/response: 404/.test(message))
    return new GantryError('NotFound', `There is no replica ${pod} any more.`, [], { cause });
  if (/response: 403/.test(message))
    return new GantryError(
      'Forbidden',
      'Commands may not be run in this environment yet. Deploy a service of it, which allows them.',
      [],
      { cause },
    );
  return new GantryError('Unavailable', 'The cluster does not answer right now. Try again.', [], { cause });
}
