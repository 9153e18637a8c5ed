import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Client } from '@gantry/client/client.ts';
import { type Live, openLive, type TopicFrame } from '@gantry/client/live.ts';
import { newId } from '@gantry/contract/ids.ts';
import { topics } from '@gantry/contract/topics.ts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';

const teamId = newId('team');
const topic = topics.deployment(newId('deployment'));
const servers: WebSocketServer[] = [];
const opened: Live[] = [];

afterEach(() => {
  for (const live of opened.splice(0)) live.close();
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

/** A client with live connections to a server that answers each frame as `answer` says. */
async function clientOf(answer: (socket: WebSocket) => void): Promise<Client> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  server.on('connection', (socket) => socket.on('message', () => answer(socket)));
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return (async () => ({ url, expiresAt: new Date().toISOString() })) as unknown as Client;
}

async function open(client: Client): Promise<Live> {
  const live = await openLive(client);
  opened.push(live);
  return live;
}

describe('a live connection', () => {
  it('refuses a subscription at once when the function behind the gateway fails', async () => {
    const client = await clientOf((socket) => socket.send('{"message":"Internal server error","connectionId":"a"}'));
    const live = await open(client);
    await expect(live.subscribe({ teamId }, topic, () => undefined)).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('ignores unknown fields and unknown frames of a newer server', async () => {
    const logs = {
      type: 'logs',
      topic,
      lines: [{ id: 'a', at: 1, text: 'one', source: 'web', mood: 'good' }],
      more: 1,
    };
    const client = await clientOf((socket) => {
      for (const frame of [{ type: 'subscribed', topic }, { type: 'weather', topic }, logs])
        socket.send(JSON.stringify(frame));
    });
    const live = await open(client);
    const followed = Promise.withResolvers<TopicFrame>();
    await live.subscribe({ teamId }, topic, followed.resolve);
    expect(await followed.promise).toMatchObject({ type: 'logs', lines: [{ text: 'one' }] });
  });

  it('refuses a subscription at once after an error without a topic', async () => {
    const error = JSON.stringify({ type: 'error', kind: 'Internal', detail: 'Something went wrong.' });
    const live = await open(await clientOf((socket) => socket.send(error)));
    await expect(live.subscribe({ teamId }, topic, () => undefined)).rejects.toMatchObject({ kind: 'Internal' });
  });

  it('keeps its other subscriptions when one is refused', async () => {
    const frames: TopicFrame[] = [];
    const logs = {
      type: 'logs',
      topic,
      lines: [{ id: 'a', at: 1, text: 'one', source: 'web', release: null, level: null }],
    };
    const answers = [{ type: 'subscribed', topic }, { message: 'Internal server error' }, logs];
    const client = await clientOf((socket) => {
      const next = answers.splice(0, answers.length === 3 ? 1 : 2);
      for (const answer of next) socket.send(JSON.stringify(answer));
    });
    const live = await open(client);
    const followed = Promise.withResolvers<void>();
    await live.subscribe({ teamId }, topic, (frame) => {
      frames.push(frame);
      followed.resolve();
    });
    const other = topics.deployment(newId('deployment'));
    await expect(live.subscribe({ teamId }, other, () => undefined)).rejects.toMatchObject({ kind: 'Unavailable' });
    await followed.promise;
    expect(frames).toMatchObject([{ type: 'logs', topic }]);
  });
});
