import { randomInt } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Meter } from '../../kernel/meter.ts';

/** The largest message to a client, in bytes (API Gateway quotas: 128 KB). */
export const MAX_MESSAGE = 131_072;
/** A client is dropped when it leaves more than this unread, in bytes. */
const MAX_UNREAD = 4 * MAX_MESSAGE;
/** A connection without a message either way ends after ten minutes, any connection after two hours, in milliseconds. */
const IDLE_MS = 10 * 60_000;
const LONGEST_MS = 2 * 3_600_000;

export interface Connection {
  readonly id: string;
  readonly socket: WebSocket;
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string;
  lastActiveAt: number;
}

/** The open connections of a WebSocket API. They live as long as this process: a restart loses them. */
export interface Connections {
  /** Adds a connection after its handshake. Its limits run from now on. */
  add(connection: Connection): void;
  get(id: string): Connection | undefined;
  /** Restarts the idle limit and counts a message. */
  touch(connection: Connection, bytes: number): void;
  /** Sends text. False if the client is gone, or reads so slowly that it is dropped now. */
  send(connection: Connection, data: Buffer): boolean;
  stop(): void;
}

/** API Gateway bills a message by 32 KB. */
const MESSAGE_UNIT = 32_768;
const GOING_AWAY = 1001;

export function createConnections(meter: Meter): Connections {
  const open = new Map<string, Connection>();
  const timers = new Map<string, { idle: NodeJS.Timeout; longest: NodeJS.Timeout }>();

  const goAway = (connection: Connection) => () => connection.socket.close(GOING_AWAY, 'Going away');
  return {
    add(connection) {
      const away = goAway(connection);
      open.set(connection.id, connection);
      timers.set(connection.id, { idle: setTimeout(away, IDLE_MS), longest: setTimeout(away, LONGEST_MS) });
      connection.socket.once('close', () => {
        const limits = timers.get(connection.id);
        clearTimeout(limits?.idle);
        clearTimeout(limits?.longest);
        timers.delete(connection.id);
        open.delete(connection.id);
        meter.count('websocket.connection-minutes', Math.ceil((Date.now() - connection.connectedAt) / 60_000));
      });
    },
    get: (id) => open.get(id),
    touch(connection, bytes) {
      connection.lastActiveAt = Date.now();
      timers.get(connection.id)?.idle.refresh();
      if (bytes > 0) meter.count('websocket.messages', Math.ceil(bytes / MESSAGE_UNIT));
    },
    send(connection, data) {
      const { socket } = connection;
      if (socket.readyState !== socket.OPEN) return false;
      if (socket.bufferedAmount + data.length > MAX_UNREAD) {
        socket.terminate();
        return false;
      }
      socket.send(data, { binary: false });
      this.touch(connection, Math.max(data.length, 1));
      return true;
    },
    stop() {
      for (const { socket } of open.values()) socket.terminate();
    },
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Fifteen characters and a `=`, as API Gateway's: clients must escape it in a path. */
export function connectionId(): string {
  return `${Array.from({ length: 15 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}=`;
}
