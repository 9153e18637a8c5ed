import { errorKinds, GantryError, isErrorKind } from '@gantry/contract/errors.ts';
import type { Input, ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import type { Client } from './client.ts';
import { ANSWER_MS, type Connection, connect, within } from './socket.ts';

/** A frame that belongs to a topic. */
export type TopicFrame = Extract<ServerFrame, { type: 'event' | 'logs' | 'output' | 'taken' | 'exit' }>;

/** The owner of a topic's subject. `service:` and `logs:app:` need the project. */
export interface Scope {
  readonly teamId: string;
  readonly projectId?: string;
}

export interface Following {
  readonly onFrame: (frame: TopicFrame) => void;
  /** Called after a new subscription that follows a pause: fetch what was missed. */
  readonly onResume?: () => void;
  /** Called at the end: the right to follow is gone, or the connection has ended for good. No frames follow. */
  readonly onEnd?: (error: GantryError) => void;
}

export interface Live {
  /**
   * Resolves once the server has confirmed the subscription. From then on no frame of the topic is missed while a connection is open. A lost
   * connection is replaced, with a new ticket and all subscriptions. Throws the server's refusal.
   */
  subscribe(scope: Scope, topic: string, following: Following | Following['onFrame']): Promise<void>;
  /** Ends a subscription. With `following`, a later subscription to the same topic stays. */
  unsubscribe(topic: string, following?: Following): void;
  /** Sends input to a command; an answer is a frame of its topic. */
  type(input: Input): void;
  /** Ends the present connection, as the network could at any time: it is replaced. */
  reconnect(): void;
  /** Resolves when the connection has ended for good: it was closed, or the caller may not connect any more. */
  readonly closed: Promise<void>;
  close(): void;
}

/** The pause before a new connection, in milliseconds: doubled after each failure. */
const BACKOFF_MS = { first: 200, longest: 20_000 };

interface Subscription extends Following {
  readonly following: Following | Following['onFrame'];
  readonly scope: Scope;
  confirmed: boolean;
  /** While the connection is replaced: frames that arrive before the confirmation, and must wait for `onResume`. */
  early: TopicFrame[] | undefined;
  readonly settled: PromiseWithResolvers<void>;
}

/** Whether frames arrive now, or again after a reconnection. */
export type LiveState = 'connected' | 'reconnecting';

/**
 * Follows topics over one WebSocket connection at a time, and reports to `onState` when the connection is lost and restored. Throws when the first
 * connection fails.
 */
export async function openLive(client: Client, onState: (state: LiveState) => void = () => undefined): Promise<Live> {
  const subscriptions = new Map<string, Subscription>();
  const ended = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const open = async () => connect((await client('tickets.create', {})).url, receive);
  let connection = await open();

  const ask = (topic: string, { scope }: Subscription) => {
    const { teamId, projectId } = scope;
    connection.send({ type: 'subscribe', teamId, ...(projectId !== undefined && { projectId }), topic });
  };

  function receive(frame: ServerFrame): void {
    if (frame.type === 'pong') return;
    if (frame.type === 'error') {
      const error = new GantryError(isErrorKind(frame.kind) ? frame.kind : 'Internal', frame.detail);
      for (const [topic, subscription] of [...subscriptions]) {
        // An error without a topic may answer any subscription; confirmed ones stay.
        const waits = !subscription.confirmed || subscription.early !== undefined;
        if (frame.topic === undefined ? waits : frame.topic === topic) refuse(topic, subscription, error);
      }
      return;
    }
    const { topic } = frame;
    const subscription = subscriptions.get(topic);
    if (subscription === undefined) return;
    switch (frame.type) {
      case 'event':
      case 'logs':
      case 'output':
      case 'taken':
      case 'exit':
        if (subscription.early === undefined) subscription.onFrame(frame);
        else subscription.early.push(frame);
        return;
      case 'subscribed':
        confirm(subscription);
        return;
      case 'unsubscribed':
        // The answer to an earlier unsubscribe may arrive after the topic's next subscription.
        if (!subscription.confirmed) return;
        // The user's rights have changed: allowed subscriptions continue, and the others are refused.
        subscription.early ??= [];
        ask(topic, subscription);
        return;
    }
  }

  /** An earlier subscription that fails now is tried again over the next connection. */
  function refuse(topic: string, subscription: Subscription, error: GantryError): void {
    if (subscription.confirmed && errorKinds[error.kind].retryable) {
      connection.close();
      return;
    }
    subscriptions.delete(topic);
    end(subscription, error);
  }

  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      await connection.closed;
      if (!stopping.signal.aborted) onState('reconnecting');
      for (const subscription of subscriptions.values()) if (subscription.confirmed) subscription.early ??= [];
      const next = await reopen(open, stopping.signal);
      if (next === undefined) break;
      connection = next;
      onState('connected');
      for (const [topic, subscription] of subscriptions) ask(topic, subscription);
    }
    connection.close();
    const over = new GantryError('Unavailable', 'The live connection has ended.');
    for (const subscription of [...subscriptions.values()]) end(subscription, over);
    subscriptions.clear();
    ended.resolve();
  }
  void keep();

  return {
    closed: ended.promise,
    reconnect: () => connection.close(),
    close() {
      stopping.abort();
      connection.close();
    },
    unsubscribe(topic, following) {
      if (following !== undefined && subscriptions.get(topic)?.following !== following) return;
      if (subscriptions.delete(topic)) connection.send({ type: 'unsubscribe', topic });
    },
    type: (input) => connection.send(input),
    async subscribe({ teamId, projectId }, topic, following) {
      const settled = Promise.withResolvers<void>();
      const handlers = typeof following === 'function' ? { onFrame: following } : following;
      const scope = { teamId, ...(projectId !== undefined && { projectId }) };
      const subscription: Subscription = {
        ...{ ...handlers, following, scope, settled },
        ...{ confirmed: false, early: undefined },
      };
      subscriptions.set(topic, subscription);
      ask(topic, subscription);
      try {
        await within(ANSWER_MS, settled.promise, `The server did not confirm the subscription to ${topic}.`);
      } catch (error) {
        if (subscriptions.get(topic) === subscription) subscriptions.delete(topic);
        throw error;
      }
    },
  };
}

/** Tries until a connection is open; undefined once it was closed or the caller may not connect any more. */
async function reopen(open: () => Promise<Connection>, signal: AbortSignal): Promise<Connection | undefined> {
  for (let pause = BACKOFF_MS.first; !signal.aborted; pause = Math.min(pause * 2, BACKOFF_MS.longest)) {
    // Random, so that the clients of a restarted server do not all return at once.
    await sleep(pause * (0.5 + Math.random() / 2), signal);
    if (signal.aborted) return undefined;
    try {
      return await open();
    } catch (error) {
      if (error instanceof GantryError && !errorKinds[error.kind].retryable) return undefined;
    }
  }
  return undefined;
}

function confirm(subscription: Subscription): void {
  const early = subscription.early ?? [];
  subscription.early = undefined;
  subscription.settled.resolve();
  if (subscription.confirmed) subscription.onResume?.();
  subscription.confirmed = true;
  for (const frame of early) subscription.onFrame(frame);
}

/** A subscription that was never confirmed is refused; a confirmed one has ended. */
function end(subscription: Subscription, error: GantryError): void {
  if (subscription.confirmed) subscription.onEnd?.(error);
  else subscription.settled.reject(error);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const leave = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
  });
}
