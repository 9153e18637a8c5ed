import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';
import { patience, slowness } from '../../patience.ts';

/**
 * An app for load tests, in one file without packages. `/` answers `version <VERSION> pod <HOSTNAME>`, `/slow?ms=<n>` answers the same after n ms,
 * and a WebSocket echoes short messages.
 * At SIGTERM the app finishes open requests and closes its sockets with 1001; with `STUBBORN` set it continues until it is killed.
 */
export const LOAD_APP = `
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
const text = () => 'version ' + (process.env.VERSION ?? '') + ' pod ' + process.env.HOSTNAME;
const sockets = new Set();
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  if (pathname !== '/slow') return void response.end(text());
  response.write('begun ');
  setTimeout(() => response.end(text()), Number(searchParams.get('ms') ?? 5000));
});
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1').update(key).digest('base64');
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
  sockets.add(socket);
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 6 && rest.length >= 6 + (rest[1] & 127)) {
      const length = rest[1] & 127;
      const payload = Buffer.from(rest.subarray(6, 6 + length).map((byte, at) => byte ^ rest[2 + (at % 4)]));
      socket.write(Buffer.concat([Buffer.from([rest[0], length]), payload]));
      if ((rest[0] & 15) === 8) socket.end();
      rest = rest.subarray(6 + length);
    }
  });
  socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
});
server.listen(Number(process.env.PORT), () => console.log('listening on', process.env.PORT));
process.on('SIGTERM', () => {
  if (process.env.STUBBORN) return;
  for (const socket of sockets) socket.write(Buffer.from([0x88, 2, 1001 >> 8, 1001 & 255]));
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;

export interface LoadOptions {
  /** The target of the requests, as `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The Host header. */
  readonly host: string;
  /** Requests a second, every other one on a new connection; fewer on a slower machine. */
  readonly rate: number;
  /** The duration of a held response, in milliseconds; 5 s by default. */
  readonly slowMs?: number;
}

interface Failure {
  /** Milliseconds since the load began. */
  readonly at: number;
  readonly kind: 'new' | 'kept' | 'slow' | 'socket';
  readonly why: string;
  /** Milliseconds from the request to the failure. */
  readonly took: number;
  /** The longest stall of this process so far, in milliseconds: a stalled client itself loses requests. */
  readonly stalled: number;
}

/** One WebSocket from its opening to its end. */
interface SocketReport {
  readonly openedAt: number;
  readonly closedAt: number;
  /** The app's close code; 1006 for a broken connection. */
  readonly code: number;
  readonly echoes: number;
}

interface Report {
  readonly sent: number;
  readonly failures: readonly Failure[];
  /** The number of requests by the first two words of their answer (`version 1`). */
  readonly answers: Readonly<Record<string, number>>;
  /** The number of held responses that arrived whole. */
  readonly slow: number;
  /** Held sockets in the order in which they ended. */
  readonly sockets: readonly SocketReport[];
  /** Milliseconds from the due time of a request to its whole answer. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

export interface Load {
  /** Starts one slow response and one WebSocket before a switch. Resolves once both have begun. */
  hold(): Promise<void>;
  /** Ends the load, waits for open requests, and returns the results. */
  stop(): Promise<Report>;
}

const TICK_MS = 5;
const REQUEST_LIMIT_MS = patience(30_000);
const MESSAGE_EVERY_MS = 100;
/** How many messages a socket may leave unanswered. A count, not a time: a stalled client sends nothing. */
const UNANSWERED = 20;

/**
 * Sends requests to an app at a steady rate, without waiting for earlier requests, and never repeats one. A failure is
 * any answer except a whole 200, a refused upgrade, and a socket that leaves twenty messages unanswered.
 */
export function startLoad({ url, host, rate, slowMs = 5000 }: LoadOptions): Load {
  const began = Date.now();
  const failures: Failure[] = [];
  const answers = new Map<string, number>();
  const latencies: number[] = [];
  const sockets: SocketReport[] = [];
  const underWay = new Set<Promise<void>>();
  const kept = new Agent({ keepAlive: true });
  let [sent, slow, going] = [0, 0, true];
  let [ticked, stalled] = [began, 0];

  const fail = (kind: Failure['kind'], why: string, since: number) => {
    const now = Date.now();
    failures.push({ at: now - began, kind, why, took: now - since, stalled: Math.max(stalled, now - ticked) });
  };
  const track = (work: Promise<void>) => {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  const ask = async (kind: Failure['kind'], path: string, due: number, begun?: () => void) => {
    const since = Date.now();
    const asked = await get(url, path, host, kind === 'kept' ? kept : false, begun).catch(
      (error: Error) => error.message,
    );
    if (typeof asked === 'string') return fail(kind, asked, since);
    if (asked.status !== 200) return fail(kind, `${asked.status} ${asked.text.slice(0, 200)}`, since);
    if (kind === 'slow') {
      slow += 1;
      return;
    }
    latencies.push(Date.now() - due);
    const label = asked.text.split(' ').slice(0, 2).join(' ');
    answers.set(label, (answers.get(label) ?? 0) + 1);
  };
  const talk = async (begun: () => void) => {
    const since = Date.now();
    const told = await holdSocket(url, host, () => going, began, begun);
    if (typeof told === 'string') fail('socket', told, since);
    else sockets.push(told);
  };
  const timer = setInterval(() => {
    stalled = Math.max(stalled, Date.now() - ticked);
    ticked = Date.now();
    for (const due = () => began + (sent * 1000 * slowness) / rate; due() <= Date.now(); ) {
      const at = due();
      sent += 1;
      track(ask(sent % 2 === 0 ? 'kept' : 'new', '/', at));
    }
  }, TICK_MS);
  /** Starts a piece of work. Resolves when it has begun, or has ended without a begin. */
  const begin = (work: (begun: () => void) => Promise<void>) =>
    new Promise<void>((resolve) => track(work(resolve).finally(resolve)));

  return {
    async hold() {
      await Promise.all([begin((begun) => ask('slow', `/slow?ms=${slowMs}`, Date.now(), begun)), begin(talk)]);
    },
    async stop() {
      going = false;
      clearInterval(timer);
      while (underWay.size > 0) await Promise.all(underWay);
      kept.destroy();
      const sorted = latencies.sort((a, b) => a - b);
      const share = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
      const latency = { p50: share(0.5), p99: share(0.99), max: sorted.at(-1) ?? 0 };
      return { sent, failures, answers: Object.fromEntries(answers), slow, sockets, latency };
    },
  };
}

function get(
  url: string,
  path: string,
  host: string,
  agent: Agent | false,
  begun?: () => void,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(new URL(path, url), { agent, headers: { host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.once('data', () => begun?.());
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (answer.complete) resolve({ status: answer.statusCode ?? 0, text });
        else reject(new Error('the answer was cut off'));
      });
    });
    asking.setTimeout(REQUEST_LIMIT_MS, () => asking.destroy(new Error('no answer in time')));
    asking.once('error', reject).end();
  });
}

/** Keeps one WebSocket open and busy until it is closed or the load ends. Returns its problem as text. */
function holdSocket(
  url: string,
  host: string,
  going: () => boolean,
  began: number,
  begun: () => void,
): Promise<SocketReport | string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers: { host }, handshakeTimeout: REQUEST_LIMIT_MS });
    let [openedAt, echoes, messages, unanswered] = [0, 0, 0, 0];
    const timer = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (!going()) return socket.close(1000);
      if (unanswered >= UNANSWERED) {
        resolve(`${UNANSWERED} messages were not answered`);
        return socket.terminate();
      }
      messages += 1;
      unanswered += 1;
      socket.send(`message ${messages}`);
    }, MESSAGE_EVERY_MS);
    const finish = (told: SocketReport | string) => {
      clearInterval(timer);
      resolve(told);
    };
    socket.once('open', () => {
      openedAt = Date.now() - began;
    });
    socket.on('message', () => {
      echoes += 1;
      unanswered = 0;
      begun();
    });
    socket.on('error', (error) => (openedAt === 0 ? finish(`upgrade: ${error.message}`) : undefined));
    socket.once('close', (code) => finish({ openedAt, closedAt: Date.now() - began, code, echoes }));
  });
}
