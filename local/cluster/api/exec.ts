import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { refuseUpgrade } from '../../wire/server.ts';
import type { Fields, Pod } from '../model.ts';
import { ApiError, badRequest } from './errors.ts';
import type { Executor, RunningCommand } from './exec-port.ts';
import { containerOf } from './logs.ts';

/** The first byte of a message is its stream; v5 adds a byte that closes another stream. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
const CLOSE = 255;

/** The two newest subprotocols of a real API server. k8s.io/apimachinery, pkg/util/remotecommand */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const MAX_MESSAGE = 1024 * 1024;
/** A client that leaves more than this unread makes the command wait, in bytes. */
const MAX_UNREAD = 256 * 1024;
const NORMAL = 1000;

/** Answers a `pods/exec` request without an upgrade to WebSocket, SPDY's included, as an API server does. */
export function refuseWithoutUpgrade(): ApiError {
  return badRequest('Upgrade request required');
}

/**
 * Serves `pods/exec` over WebSocket as kube-apiserver does: streams in channels, finally a Status on the error channel, then the close. The command
 * ends with its connection.
 */
export function createExec(executor: Executor) {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: (offered) => PROTOCOLS.find((each) => offered.has(each)) ?? false,
  });
  return async (request: IncomingMessage, socket: Duplex, head: Buffer, pod: Pod, query: URLSearchParams) => {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    if (!offered.some((each) => PROTOCOLS.includes(each)))
      throw badRequest(
        `unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${PROTOCOLS.join(' ')}]`,
      );
    const asked = optionsOf(query);
    const container = containerOf(pod, query.get('container'));
    requireRunning(pod);
    let failure: unknown;
    const starting = Promise.resolve()
      .then(() => executor.start(pod, container, asked))
      .catch((error: unknown) => {
        failure = error;
        return undefined;
      });
    const command = await starting;
    if (command === undefined && failure === undefined)
      throw new ApiError(500, 'InternalError', `unable to upgrade connection: container not found ("${container}")`);
    if (socket.destroyed) return void command?.end();
    server.handleUpgrade(request, socket, head, (accepted) => {
      if (command === undefined) return finish(accepted, cannotStart(failure));
      void attach(accepted, command, asked.stdout, asked.stderr);
    });
  };
}

function optionsOf(query: URLSearchParams) {
  const flag = (name: string) => ['true', '1'].includes(query.get(name) ?? '');
  const asked = { stdin: flag('stdin'), stdout: flag('stdout'), stderr: flag('stderr'), tty: flag('tty') };
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least one command for the container');
  if (!asked.stdin && !asked.stdout && !asked.stderr)
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return { ...asked, command };
}

/** pkg/registry/core/pod/strategy.go, streamLocation */
function requireRunning({ metadata, spec, status }: Pod): void {
  const phase = status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed')
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  if (spec.nodeName === undefined) throw badRequest(`pod ${metadata.name} does not have a host assigned`);
}

async function attach(socket: WebSocket, command: RunningCommand, stdout: boolean, stderr: boolean): Promise<void> {
  socket.on('error', () => socket.terminate());
  socket.once('close', () => command.end());
  socket.on('message', (data: RawData) =>
    receive(socket, command, Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer)),
  );
  // An empty message announces the open streams, as from a real server.
  socket.send(Buffer.from([stdout ? STDOUT : STDERR]));
  forward(socket, STDOUT, stdout, command.stdout);
  forward(socket, STDERR, stderr, command.stderr);
  const code = await command.exited;
  finish(socket, code === 0 ? { metadata: {}, status: 'Success' } : endedWith(code));
}

function receive(socket: WebSocket, { stdin, resize }: RunningCommand, message: Buffer): void {
  const [channel, second] = message;
  const bytes = message.subarray(1);
  if (channel === CLOSE && second === STDIN) stdin?.end();
  if (channel === STDIN && bytes.length > 0 && stdin?.writable && !stdin.write(bytes)) {
    socket.pause();
    stdin.once('drain', () => socket.resume());
  }
  if (channel !== RESIZE) return;
  const { Width, Height } = sizeIn(bytes);
  if (Number.isInteger(Width) && Number.isInteger(Height)) resize(Number(Width), Number(Height));
}

function sizeIn(bytes: Buffer): { readonly Width?: unknown; readonly Height?: unknown } {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** A client that does not read blocks the command, so that its output does not fill memory. */
function forward(socket: WebSocket, channel: number, wanted: boolean, stream: Readable | null): void {
  if (!wanted) return void stream?.resume();
  stream?.on('data', (chunk: Buffer) => {
    socket.send(Buffer.concat([Buffer.from([channel]), chunk]), () => {
      if (stream.isPaused() && socket.bufferedAmount < MAX_UNREAD) stream.resume();
    });
    if (socket.bufferedAmount > MAX_UNREAD) stream.pause();
  });
}

function finish(socket: WebSocket, status: Fields): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(Buffer.concat([Buffer.from([ERROR]), Buffer.from(JSON.stringify(status))]));
  socket.close(NORMAL);
}

/** kubelet's own words: k8s.io/kubelet/pkg/cri/streaming/remotecommand/exec.go */
function endedWith(code: number): Fields {
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

/** With the words of containerd and runc around those of the node. */
function cannotStart(failure: unknown): Fields {
  const why = failure instanceof Error ? failure.message : String(failure);
  const message = `error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: ${why}`;
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}

/** Refuses an upgrade with a Status. */
export function refuseExec(socket: Duplex, error: ApiError): void {
  const body = JSON.stringify(error.status());
  refuseUpgrade(socket, error.code, STATUS_CODES[error.code] ?? '', body, 'application/json');
}
