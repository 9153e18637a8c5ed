import { randomUUID } from 'node:crypto';
import type { Collection, Store } from '../../kernel/store.ts';

/** A queue of the template. Durations are in milliseconds. */
export interface QueueSettings {
  readonly visibilityTimeout: number;
  readonly retention: number;
  readonly delay: number;
  readonly receiveWait: number;
  readonly redrive: { readonly target: () => Queue | undefined; readonly maxReceiveCount: number } | undefined;
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly md5: string;
  /** Milliseconds since 1970, as all times here. */
  readonly sentAt: number;
  readonly senderId: string;
  /** Orders messages that became visible in the same millisecond. */
  readonly order: number;
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number;
  deadLetterSource?: string;
}

/** A waiting receiver. */
interface Waiter {
  readonly max: number;
  readonly visibilityTimeout: number;
  readonly resolve: (messages: Message[]) => void;
}

/**
 * One standard queue: messages in memory, ordered by the time at which they may be received, each on disk from its acceptance until its deletion.
 * Counts survive the process, so that a redrive policy holds. Messages in flight at the end of the process may be received at once, because the
 * functions that had received them ended with it.
 */
export class Queue {
  readonly name: string;
  readonly arn: string;
  settings: QueueSettings;
  readonly #store: Store;
  readonly #rows: Collection<Message>;
  readonly #messages = new Map<string, Message>();
  /** Ascending by `visibleAt`, then `order`: receivable messages come first. */
  readonly #schedule: Message[] = [];
  readonly #waiters: Waiter[] = [];
  #order = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, arn: string, settings: QueueSettings, store: Store) {
    this.name = name;
    this.arn = arn;
    this.settings = settings;
    this.#store = store;
    this.#rows = store.collection<Message>('sqs');
    const now = Date.now();
    for (const [, message] of this.#rows.entries(`${name}/`)) {
      const visibleAt = message.receiveCount > 0 ? Math.min(message.visibleAt, now) : message.visibleAt;
      this.#keep({ ...message, visibleAt });
    }
  }

  /** Accepts messages: all of them are on disk when this returns, or none is. */
  add(messages: readonly Omit<Message, 'order' | 'visibleAt' | 'receiveCount' | 'firstReceivedAt'>[], delay?: number) {
    const made = messages.map((message) => ({
      ...message,
      order: this.#order++,
      visibleAt: message.sentAt + (delay ?? this.settings.delay),
      receiveCount: 0,
      firstReceivedAt: 0,
    }));
    this.#store.atomically(() => {
      for (const message of made) this.#rows.put(this.#key(message.id), message);
    });
    for (const message of made) this.#keep(message);
    this.#serve();
  }

  /** Up to `max` visible messages, at once if there is one, else as soon as one becomes visible, else none. */
  receive(max: number, waitMs: number, visibilityTimeout: number, signal: AbortSignal): Promise<Message[]> {
    const taken = this.#waiters.length === 0 ? this.#take(max, visibilityTimeout) : [];
    if (taken.length > 0 || waitMs === 0 || signal.aborted) return Promise.resolve(taken);
    return new Promise((resolve) => {
      const end = (messages: Message[]) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        resolve(messages);
      };
      const waiter: Waiter = { max, visibilityTimeout, resolve: end };
      const leave = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        end([]);
      };
      const timer = setTimeout(leave, waitMs);
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  /** Deletes a message that was received with this count; after a later receive the handle is stale, which is no error. */
  remove(received: readonly { readonly id: string; readonly receiveCount: number }[]): void {
    const current = received.filter(({ id, receiveCount }) => this.#messages.get(id)?.receiveCount === receiveCount);
    this.#store.atomically(() => {
      for (const { id } of current) this.#rows.delete(this.#key(id));
    });
    for (const { id } of current) this.#forget(id);
  }

  /** Makes a message in flight visible after `timeout`; false if it is not in flight with this count. */
  changeVisibility(id: string, receiveCount: number, timeout: number): boolean {
    const message = this.#messages.get(id);
    const now = Date.now();
    if (message === undefined || message.receiveCount !== receiveCount || message.visibleAt <= now) return false;
    this.#reschedule(message, now + timeout);
    this.#rows.put(this.#key(id), message);
    this.#serve();
    return true;
  }

  /**
   * Moves up to `max` visible messages to the queues that `destination` names, as new messages, and returns the number. Runs within the caller's
   * transaction; if `destination` throws, nothing moves.
   */
  moveOut(max: number, destination: (message: Message) => Queue): number {
    const now = Date.now();
    const moving = this.#schedule.filter(({ visibleAt }) => visibleAt <= now).slice(0, max);
    const moved = moving.map((message) => {
      const to = destination(message);
      const { body, md5, senderId } = message;
      const made: Message = {
        id: randomUUID(),
        body,
        md5,
        senderId,
        sentAt: now,
        order: to.#order++,
        visibleAt: now + to.settings.delay,
        receiveCount: 0,
        firstReceivedAt: 0,
      };
      return { message, to, made };
    });
    for (const { message, to, made } of moved) {
      this.#rows.delete(this.#key(message.id));
      to.#rows.put(to.#key(made.id), made);
    }
    for (const { message, to, made } of moved) {
      this.#forget(message.id);
      to.#keep(made);
    }
    return moved.length;
  }

  /** Gives new messages to the waiting receivers. */
  wake(): void {
    this.#serve();
  }

  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const now = Date.now();
    const hidden = this.#schedule.filter((message) => message.visibleAt > now);
    const inFlight = hidden.filter((message) => message.receiveCount > 0).length;
    return { visible: this.#schedule.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  /** Forgets messages older than the retention period. */
  expire(now: number): void {
    const old = [...this.#messages.values()].filter((message) => message.sentAt + this.settings.retention <= now);
    if (old.length === 0) return;
    this.#store.atomically(() => {
      for (const { id } of old) this.#rows.delete(this.#key(id));
    });
    for (const { id } of old) this.#forget(id);
  }

  /** Ends every wait with no message. */
  close(): void {
    clearTimeout(this.#timer);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve([]);
  }

  #key(id: string): string {
    return `${this.name}/${id}`;
  }

  #keep(message: Message): void {
    this.#order = Math.max(this.#order, message.order + 1);
    this.#messages.set(message.id, message);
    this.#schedule.splice(this.#position(message), 0, message);
  }

  #forget(id: string): void {
    const message = this.#messages.get(id);
    if (message === undefined) return;
    this.#messages.delete(id);
    this.#schedule.splice(this.#position(message), 1);
  }

  #reschedule(message: Message, visibleAt: number): void {
    this.#schedule.splice(this.#position(message), 1);
    message.visibleAt = visibleAt;
    this.#schedule.splice(this.#position(message), 0, message);
  }

  /** The place of a message in the schedule: the first place whose message is not before it. */
  #position(message: Message): number {
    let low = 0;
    let high = this.#schedule.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#schedule[middle];
      const before = other !== undefined && (other.visibleAt - message.visibleAt || other.order - message.order) < 0;
      if (before) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes visible messages into flight. One that was received too often goes to the dead-letter queue instead. */
  #take(max: number, visibilityTimeout: number): Message[] {
    const now = Date.now();
    const taken: Message[] = [];
    const dead: Message[] = [];
    for (const message of this.#schedule) {
      if (message.visibleAt > now || taken.length === max) break;
      if (message.receiveCount >= (this.settings.redrive?.maxReceiveCount ?? Number.POSITIVE_INFINITY)) {
        dead.push(message);
      } else if (message.sentAt + this.settings.retention > now) {
        taken.push(message);
      }
    }
    if (dead.length > 0) this.#bury(dead);
    if (taken.length === 0) return [];
    for (const message of taken) {
      message.receiveCount += 1;
      if (message.receiveCount === 1) message.firstReceivedAt = now;
      this.#reschedule(message, now + visibilityTimeout);
    }
    this.#store.atomically(() => {
      for (const message of taken) this.#rows.put(this.#key(message.id), message);
    });
    return taken.map((message) => ({ ...message }));
  }

  /** Moves messages to the dead-letter queue in one transaction. They keep their ids, send times and counts, as on AWS. */
  #bury(messages: readonly Message[]): void {
    const target = this.settings.redrive?.target();
    if (target === undefined) return;
    const now = Date.now();
    const moved = messages.map((message) => ({
      ...message,
      order: target.#order++,
      visibleAt: now,
      deadLetterSource: this.arn,
    }));
    this.#store.atomically(() => {
      for (const message of moved) {
        this.#rows.delete(this.#key(message.id));
        this.#rows.put(target.#key(message.id), message);
      }
    });
    for (const message of messages) this.#forget(message.id);
    for (const message of moved) target.#keep(message);
    target.#serve();
  }

  /** Gives visible messages to receivers, the longest waiting first, and wakes up when the next message becomes visible. */
  #serve(): void {
    clearTimeout(this.#timer);
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const taken = this.#take(waiter.max, waiter.visibilityTimeout);
      if (taken.length === 0) break;
      this.#waiters.shift();
      waiter.resolve(taken);
    }
    const next =
      this.#waiters.length === 0 ? undefined : this.#schedule.find(({ visibleAt }) => visibleAt > Date.now());
    if (next !== undefined)
      this.#timer = setTimeout(() => this.#serve(), Math.min(next.visibleAt - Date.now(), 2 ** 30));
  }
}
