import type { Target } from '@gantry/local/example/deploy.ts';
import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { LOAD_APP } from '../local/cluster/load.ts';
import { patience } from '../patience.ts';
import { developer, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService, visit } from './platform.ts';

/** An app that npm and a shell start, like `npm start` of most apps. */
const byNpm = (program: string): Record<string, string> => ({
  'package.json': JSON.stringify({
    name: 'by-npm',
    version: '1.0.0',
    engines: { node: '>=20' },
    scripts: { start: 'NODE_ENV=production node s.js' },
  }),
  's.js': program,
});

/** Holds each answer of `/slow` until SIGTERM, so that a request is running then; ends at the first SIGTERM only. */
const DRAINING = `
const held = [];
const server = require('node:http').createServer((request, response) => {
  if (request.url !== '/slow') return response.end(process.env.NODE_ENV);
  console.log('held');
  held.push(response);
});
server.listen(process.env.PORT);
process.once('SIGTERM', () => {
  console.log('SIGTERM');
  setTimeout(() => { for (const response of held) response.end('slow'); }, 500);
  server.close(() => { console.log('drained'); process.exit(0); });
});`;

/** Continues after SIGTERM, with its sockets. */
const DEAF = `process.env.STUBBORN = 'yes';
process.on('SIGTERM', () => console.log('never'));
${LOAD_APP}`;

const linesOf = async (target: Target) =>
  (await client('logs.app', { params: target, query: {} })).lines.map(({ text }) => text);

const logHas = (target: Target, text: string) =>
  until(`the line "${text}"`, async () => (await linesOf(target)).includes(text));

/** The previous release stays started for a rollback, so the stopped one is two behind. */
async function restart(target: Target): Promise<void> {
  const queued = await client('deployments.redeploy', { params: target });
  expect((await developer(client).end(target, queued)).status).toBe('live');
}

describe('A25: an app that is told to stop', () => {
  it(
    'gets SIGTERM through npm and a shell, and answers the running requests before it ends',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a25-npm', { path: '/', timeoutSeconds: 30 });
      const first = await ada.deploy(target, byNpm(DRAINING));
      expect(first).toMatchObject({ status: 'live', reason: null });
      const url = first.url ?? '';
      expect(await visit(url)).toEqual({ status: 200, body: 'production' });
      const slow = visit(url, '/slow', patience(60_000));
      await logHas(target, 'held');
      expect((await ada.deploy(target, byNpm(DRAINING))).status).toBe('live');
      await restart(target);
      expect(await slow).toEqual({ status: 200, body: 'slow' });
      await logHas(target, 'drained');
      expect((await linesOf(target)).filter((text) => text === 'SIGTERM' || text === 'drained')).toEqual([
        'SIGTERM',
        'drained',
      ]);
    },
    patience(90_000),
  );

  it(
    'keeps its sockets until its grace time ends; then it is killed, and its log says so',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a25-deaf', { path: '/', timeoutSeconds: 30 });
      const first = await ada.deploy(target, { 'index.js': DEAF });
      expect(first.status).toBe('live');
      const socket = await socketTo(first.url ?? '');
      await restart(target);
      await restart(target);
      await logHas(target, 'never');
      expect(await socket.echo('still there')).toBe('still there');
      expect(await socket.closed).toBe(CUT);
      const killed = /^Instance rel-\S+ did not stop within \d+ s and is killed\./;
      await until('the log has a line about the kill', async () =>
        (await linesOf(target)).some((text) => killed.test(text)),
      );
    },
    patience(120_000),
  );
});

/** The end of a socket that nobody closed. */
const CUT = 1006;

/** An open WebSocket to an app by its URL. */
async function socketTo(url: string) {
  const { hostname, port } = new URL(url);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { host: `${hostname}:${port}` } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const echo = (text: string) => {
    const answer = new Promise<string>((resolve) => socket.once('message', (data) => resolve(data.toString())));
    socket.send(text);
    return answer;
  };
  return { closed, echo };
}
