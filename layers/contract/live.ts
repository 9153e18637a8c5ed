import type { Client } from './client.ts';
import { GantryError, isErrorKind } from './errors.ts';
import { type ClientFrame, ServerFrame } from './schemas/realtime.ts';

/** A frame that belongs to a topic. */
export type TopicFrame = Extract<ServerFrame, { type: 'event' | 'logs' }>;

export interface Live {
  /** Resolves once the server has confirmed the subscription: from then on no frame of the topic is missed while the connection stands. */
  subscribe(teamId: string, topic: string, onFrame: (frame: TopicFrame) => void): Promise<void>;
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

const CONNECT_MS = 10_000;
const SUBSCRIBE_MS = 10_000;
/** Below the ten minutes after which API Gateway ends an idle connection. */
const PING_MS = 5 * 60_000;
const NOT_NOW = 'The live connection could not do this right now. Try again.';

interface Subscription {
  readonly onFrame: (frame: TopicFrame) => void;
  readonly confirm: () => void;
  readonly refuse: (error: GantryError) => void;
}

/** Opens one WebSocket connection with a fresh ticket. */
export async function openLive(client: Client): Promise<Live> {
  const { url } = await client('tickets.create', {});
  const socket = new WebSocket(url);
  await opened(socket);
  const subscriptions = new Map<string, Subscription>();
  const send = (frame: ClientFrame) => socket.send(JSON.stringify(frame));
  const ping = setInterval(() => send({ type: 'ping' }), PING_MS);
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => {
      clearInterval(ping);
      for (const { refuse } of subscriptions.values())
        refuse(new GantryError('Unavailable', 'The live connection has ended.'));
      resolve();
    });
  });
  socket.addEventListener('message', (message) => receive(String(message.data), subscriptions));
  return {
    closed,
    close: () => socket.close(),
    async subscribe(teamId, topic, onFrame) {
      const confirmed = new Promise<void>((confirm, refuse) => subscriptions.set(topic, { onFrame, confirm, refuse }));
      send({ type: 'subscribe', teamId, topic });
      await within(SUBSCRIBE_MS, confirmed, `The server did not confirm the subscription to ${topic}.`);
    },
  };
}

function receive(text: string, subscriptions: ReadonlyMap<string, Subscription>): void {
  const parsed = ServerFrame.safeParse(JSON.parse(text));
  // Where no function answers, API Gateway does, in a form of its own.
  const frame: ServerFrame = parsed.success ? parsed.data : { type: 'error', kind: 'Unavailable', detail: NOT_NOW };
  switch (frame.type) {
    case 'event':
    case 'logs':
      subscriptions.get(frame.topic)?.onFrame(frame);
      return;
    case 'subscribed':
      subscriptions.get(frame.topic)?.confirm();
      return;
    case 'error': {
      const error = new GantryError(isErrorKind(frame.kind) ? frame.kind : 'Internal', frame.detail);
      for (const [topic, { refuse }] of subscriptions) {
        // An error that names no topic may be the answer to any; those that are confirmed stay so.
        if (frame.topic === undefined || frame.topic === topic) refuse(error);
      }
      return;
    }
  }
}

function opened(socket: WebSocket): Promise<void> {
  const open = new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new GantryError('Unavailable', 'The live connection was refused.')), {
      once: true,
    });
  });
  return within(CONNECT_MS, open, 'The live connection did not open in time.').catch((error) => {
    socket.close();
    throw error;
  });
}

async function within<T>(ms: number, work: Promise<T>, otherwise: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new GantryError('Unavailable', otherwise)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
