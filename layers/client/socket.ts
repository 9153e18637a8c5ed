import { GantryError } from '@gantry/contract/errors.ts';
import type { ClientFrame, ServerFrame } from '@gantry/contract/schemas/realtime.ts';

/** One WebSocket connection. It does not reconnect: `live.ts` opens the next one. */
export interface Connection {
  send(frame: ClientFrame): void;
  close(): void;
  readonly closed: Promise<void>;
}

/**
 * How long the server may take to answer, in milliseconds: API Gateway waits for the function behind a route for at most 29 seconds.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const ANSWER_MS = 30_000;
/** Below the ten minutes after which API Gateway ends an idle connection. */
const PING_MS = 5 * 60_000;
const NOT_NOW = 'The live connection could not do this right now. Try again.';

/** Connects to the address of a ticket. Throws Unavailable if that fails or takes longer than `ANSWER_MS`. */
export async function connect(url: string, receive: (frame: ServerFrame) => void): Promise<Connection> {
  const socket = new WebSocket(url);
  const open = new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new GantryError('Unavailable', 'The live connection was refused.')), {
      once: true,
    });
  });
  const closed = Promise.withResolvers<void>();
  let isOver = false;
  const end = () => {
    isOver = true;
    closed.resolve();
  };
  socket.addEventListener('close', end, { once: true });
  socket.addEventListener('message', ({ data }) => {
    const frame = isOver ? undefined : read(String(data));
    if (frame !== undefined) receive(frame);
  });
  await within(ANSWER_MS, open, 'The live connection did not open in time.').catch((error) => {
    socket.close();
    throw error;
  });
  const send = (frame: ClientFrame) => socket.send(JSON.stringify(frame));
  const ping = setInterval(() => send({ type: 'ping' }), PING_MS);
  return {
    send,
    closed: closed.promise.then(() => clearInterval(ping)),
    close() {
      socket.close();
      // Without a network nobody answers the close, and the browser would wait a minute for that answer.
      end();
    },
  };
}

/** Every kind of frame. They are listed here because pages should not load the schemas, which list them too. */
const kinds: Readonly<Record<ServerFrame['type'], true>> = {
  subscribed: true,
  unsubscribed: true,
  pong: true,
  error: true,
  event: true,
  logs: true,
  taken: true,
  output: true,
  exit: true,
};

/**
 * A frame of an unknown kind, from a later server, is ignored. Unknown fields of a known kind are kept, as in HTTP answers. Anything else comes from
 * API Gateway, which answers in its own format when no function does.
 */
function read(text: string): ServerFrame | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('type' in value))
    return { type: 'error', kind: 'Unavailable', detail: NOT_NOW };
  return Object.hasOwn(kinds, String(value.type)) ? (value as ServerFrame) : undefined;
}

/** Waits for `work` for at most `ms` milliseconds, then throws Unavailable. */
export async function within<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GantryError('Unavailable', otherwise)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
