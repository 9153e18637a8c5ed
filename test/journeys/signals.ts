import type { Target } from '@gantry/local/example/deploy.ts';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { developer, running, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService } from './platform.ts';

const DEAF = running(`process.on('SIGTERM', () => console.log('never')); setInterval(() => undefined, 1000);`);

const linesOf = async (target: Target) =>
  (await client('logs.app', { params: target, query: {} })).lines.map(({ text }) => text);

describe('A25: an app that is asked to stop', () => {
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
