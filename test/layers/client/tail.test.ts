import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Client } from '@gantry/client/client.ts';
import { type Live, openLive } from '@gantry/client/live.ts';
import { type ReadLogsQuery, type Tailing, tail } from '@gantry/client/tail.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { lineFilter } from '@gantry/contract/log-filter.ts';
import type { LogFilter, LogLine } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/topics.ts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { until as eventually } from '../../until.ts';

const scope = { teamId: newId('team') };
const topic = topics.buildLogs(newId('deployment'));

/** A log that is written, read in pages, and followed over WebSocket connections that break. */
interface Service {
  readonly client: Client;
  /** The log, in order of time. */
  readonly log: LogLine[];
  readonly followers: Set<WebSocket>;
  /** Writes lines, which followers receive. */
  write(count: number): void;
  read(query: ReadLogsQuery): Promise<{ lines: LogLine[]; next: string | null }>;
  /** Awaited before each page's answer. */
  before: () => Promise<void>;
  /** How many lines are written in a millisecond of the log's time. */
  density: number;
  stop(): void;
}

const opened: (Live | Service)[] = [];
const tailings: Tailing[] = [];
afterEach(() => {
  for (const tailing of tailings.splice(0)) tailing.stop();
  for (const each of opened.splice(0).toReversed()) 'close' in each ? each.close() : each.stop();
});

async function startService(): Promise<Service> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const followers = new Set<WebSocket>();
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { type } = JSON.parse(data.toString()) as { type: string };
      if (type !== 'subscribe') return void followers.delete(socket);
      followers.add(socket);
      socket.send(JSON.stringify({ type: 'subscribed', topic }));
    });
    socket.on('close', () => followers.delete(socket));
  });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service: Service = {
    client: (async () => ({ url, expiresAt: new Date().toISOString() })) as unknown as Client,
    log: [],
    followers,
    before: async () => undefined,
    density: 1,
    write(count) {
      const lines = Array.from({ length: count }, (_, index) => lineAt(service.log.length + index, service.density));
      for (const line of lines) service.log.push(line);
      for (let at = 0; at < count; at += 100) tell(lines.slice(at, at + 100));
    },
    async read(query) {
      await service.before();
      const { cursor, limit = '100', since } = query;
      const from = since === undefined ? 0 : Date.parse(since);
      const start = cursor === undefined ? service.log.findIndex(({ at }) => at >= from) : Number(cursor);
      const end = start < 0 ? service.log.length : start + Number(limit);
      const lines = start < 0 ? [] : service.log.slice(start, end);
      return { lines: lines.filter(lineFilter(query)), next: end < service.log.length ? String(end) : null };
    },
    stop() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
  const tell = (lines: readonly LogLine[]) => {
    for (const socket of followers) socket.send(JSON.stringify({ type: 'logs', topic, lines }));
  };
  opened.push(service);
  return service;
}

const EPOCH = Date.parse('2026-11-26T10:00:00Z');
const lineAt = (index: number, density: number): LogLine => ({
  id: String(index).padStart(9, '0'),
  at: EPOCH + Math.floor(index / density),
  text: `line ${index}`,
  source: 'build',
  release: null,
  level: index % 10 === 0 ? 'error' : null,
});

async function follow(service: Service, filter?: LogFilter) {
  const live = await openLive(service.client);
  opened.push(live);
  const got: LogLine[] = [];
  const ends: unknown[] = [];
  tailings.push(
    await tail({
      live,
      scope,
      topic,
      read: service.read,
      ...(filter !== undefined && { filter }),
      onLines: (lines) => got.push(...lines),
      onEnd: (error) => ends.push(error),
    }),
  );
  return { live, got, ends };
}

const until = (holds: () => boolean) => eventually('what the log has to show', holds);

const idsOf = (lines: readonly LogLine[]) => lines.map(({ id }) => id);

describe('following a log', () => {
  it('gives old and new lines in order, though the client connects late', async () => {
    const service = await startService();
    service.write(2_500);
    service.before = async () => {
      if (service.log.length < 2_600) service.write(20);
    };
    const { got } = await follow(service);
    service.write(30);
    await until(() => got.length === service.log.length);
    expect(idsOf(got)).toEqual(idsOf(service.log));
  });

  it('has no gap and no duplicate when connections break, with pages of old lines between', async () => {
    const service = await startService();
    service.write(100);
    const { live, got } = await follow(service);
    for (let round = 0; round < 2; round++) {
      live.reconnect();
      await until(() => service.followers.size === 0);
      // Written without followers: several pages and more than a minute of the log's time.
      service.write(30_000);
      await until(() => service.followers.size === 1);
      service.write(50);
      await until(() => got.length >= service.log.length);
    }
    expect(new Set(idsOf(got)).size).toBe(got.length);
    expect(idsOf(got)).toEqual(idsOf(service.log));
  });

  it('survives another lost connection while pages are read', async () => {
    const service = await startService();
    service.write(3_000);
    const { live, got } = await follow(service);
    let breaks = 2;
    service.before = async () => {
      if (breaks-- <= 0) return;
      live.reconnect();
      await until(() => service.followers.size === 0);
      service.write(40_000);
      await until(() => service.followers.size === 1);
    };
    live.reconnect();
    await until(() => breaks <= 0 && got.length >= service.log.length);
    expect(new Set(idsOf(got)).size).toBe(got.length);
    expect(idsOf(got)).toEqual(idsOf(service.log));
  });

  it('reads pages until it has caught up when new lines exceed its buffer', async () => {
    const service = await startService();
    service.write(500);
    let floods = 3;
    service.before = async () => {
      if (floods-- > 0) service.write(12_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const { got } = await follow(service);
    await until(() => got.length >= service.log.length);
    expect(new Set(idsOf(got)).size).toBe(got.length);
    expect(idsOf(got)).toEqual(idsOf(service.log));
  });

  it('gives no line twice after a minute with more lines than it remembers', async () => {
    const service = await startService();
    service.density = 10;
    service.write(70_000);
    const { live, got } = await follow(service);
    live.reconnect();
    await until(() => service.followers.size === 0);
    await until(() => service.followers.size === 1);
    service.write(10);
    await until(() => got.length >= service.log.length);
    expect(new Set(idsOf(got)).size).toBe(got.length);
    expect(idsOf(got)).toEqual(idsOf(service.log));
  });

  it('shows only the lines that pass a filter, from pages and from frames', async () => {
    const service = await startService();
    service.write(1_000);
    const filter = { level: 'error' as const, since: new Date(EPOCH + 500).toISOString() };
    const { live, got } = await follow(service, filter);
    service.write(1_000);
    live.reconnect();
    await until(() => service.followers.size === 0);
    await until(() => service.followers.size === 1);
    service.write(1_000);
    await until(() => got.length === 250);
    expect(idsOf(got)).toEqual(idsOf(service.log.filter(lineFilter(filter))));
  });

  it('continues when another reader of the same log stops late, while its first pages are still being read', async () => {
    const service = await startService();
    service.write(50);
    const live = await openLive(service.client);
    opened.push(live);
    const paused = Promise.withResolvers<void>();
    service.before = () => paused.promise;
    const first = tail({ live, scope, topic, read: service.read, onLines: () => undefined });
    await until(() => service.followers.size === 1);
    service.before = async () => undefined;
    const got: LogLine[] = [];
    tailings.push(await tail({ live, scope, topic, read: service.read, onLines: (lines) => got.push(...lines) }));
    paused.resolve();
    (await first).stop();
    service.write(50);
    await until(() => got.length >= service.log.length);
    expect(idsOf(got)).toEqual(idsOf(service.log));
  });

  it('continues after a temporary failure to read the log', async () => {
    const service = await startService();
    service.write(10);
    const { live, got, ends } = await follow(service);
    let failures = 1;
    service.before = () =>
      failures-- > 0 ? Promise.reject(new GantryError('Unavailable', 'The network is gone.')) : Promise.resolve();
    live.reconnect();
    await until(() => service.followers.size === 1 && failures === 0);
    service.write(20);
    await until(() => got.length >= service.log.length);
    expect(idsOf(got)).toEqual(idsOf(service.log));
    expect(ends).toEqual([]);
  });

  it('ends with the reason when the log cannot be read again', async () => {
    const service = await startService();
    const { live, got, ends } = await follow(service);
    service.before = () => Promise.reject(new Error('no longer'));
    live.reconnect();
    await until(() => ends.length === 1);
    service.write(5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ends).toEqual([expect.objectContaining({ message: 'no longer' })]);
    expect(got).toEqual([]);
  });

  it('throws when the first read fails, and follows nothing', async () => {
    const service = await startService();
    service.before = () => Promise.reject(new Error('refused'));
    await expect(follow(service)).rejects.toThrow('refused');
    await until(() => service.followers.size === 0);
  });
});
