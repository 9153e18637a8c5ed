import type { Target } from '@gantry/local/example/deploy.ts';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { answering, developer, running, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService, visit } from './platform.ts';

/** Answers `/slow` after three seconds, and ends on SIGTERM once all is answered. npm and a shell stand between it and its node. */
const DRAINING = {
  'package.json': JSON.stringify({
    name: 'draining',
    version: '1.0.0',
    private: true,
    scripts: { start: 'NODE_ENV=production node server.js' },
  }),
  'server.js': `const server = require('node:http').createServer((request, response) => {
  setTimeout(() => response.end('slow'), request.url === '/slow' ? 3000 : 0);
});
server.listen(Number(process.env.PORT));
process.on('SIGTERM', () => {
  console.log('got SIGTERM');
  server.close(() => { console.log('drained'); process.exit(0); });
});`,
};

const DEAF = running(`process.on('SIGTERM', () => console.log('never')); setInterval(() => undefined, 1000);`);

const linesOf = async (target: Target) =>
  (await client('logs.app', { params: target, query: {} })).lines.map(({ text }) => text);

describe('A25: an app that is asked to stop', () => {
  it(
    'gets SIGTERM through npm and a shell, and answers what is under way',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a25-drains');
      await ada.configure(target, { release: { warmMinutes: 0 } });
      const first = await ada.deploy(target, DRAINING);
      expect(first.status).toBe('live');
      const second = await ada.queue(target, answering('second'));
      const slow: Promise<{ status: number }>[] = [];
      const asking = setInterval(() => slow.push(visit(first.url ?? '', '/slow')), 500);
      await ada.end(target, second);
      clearInterval(asking);
      for (const { status } of await Promise.all(slow)) expect(status).toBe(200);
    },
    patience(90_000),
  );

  it(
    'is killed where it does not, and its log says so',
    async () => {
      const ada = developer(client);
      const { serviceId: _, ...place } = await newService(client, 'a25-deaf');
      const { teamId, projectId, environmentId } = place;
      const body = { slug: 'deaf', kind: 'worker' as const };
      const { id: serviceId } = await client('services.create', { params: { teamId, projectId }, body });
      const target = { teamId, projectId, environmentId, serviceId };
      expect((await ada.deploy(target, DEAF)).status).toBe('live');
      expect((await ada.deploy(target, running('setInterval(() => undefined, 1000);'))).status).toBe('live');
      await until(
        'the line of the kill',
        async () =>
          (await linesOf(target)).some((text) =>
            /^Instance rel-\S+ did not stop within 30 s and is killed\./.test(text),
          ),
        patience(60_000),
      );
      expect(await linesOf(target)).toContain('never');
    },
    patience(120_000),
  );
});
