import { openLive } from '@gantry/client/live.ts';
import { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { topics } from '@gantry/contract/topics.ts';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { answering, developer, running, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService, visit } from './platform.ts';

/** Serves, and exits with code 1 after this many seconds. */
const dying = (seconds: number) =>
  answering(
    'for now',
    `setTimeout(() => { console.error('boom: no database'); process.exit(1); }, ${seconds * 1000});`,
  );

describe('A23: an app that crashes again and again after it went live', () => {
  it(
    'is shown as crashing, with its exits, in the API, in live frames and in its log',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a23-first');
      const live = await openLive(client);
      const frames: InstanceHealth[] = [];
      await live.subscribe(target, topics.service(target.serviceId), {
        onFrame(frame) {
          if (frame.type === 'event' && frame.name === 'health.changed') frames.push(InstanceHealth.parse(frame.data));
        },
        onResume: () => undefined,
        onEnd: () => undefined,
      });
      const first = await ada.deploy(target, dying(2));
      expect(first.status).toBe('live');
      const health = await until(
        'crashing',
        async () => {
          const found = await client('deployments.health', { params: target });
          return found.state === 'crashing' && found;
        },
        patience(20_000),
      );
      expect(health).toMatchObject({
        liveDeploymentId: first.id,
        wanted: 1,
        lastExit: { code: 1, reason: 'exited' },
        detail: expect.stringContaining('exited with code 1'),
      });
      expect(health.lines).toContain('boom: no database');
      expect(health.restarts).toBeGreaterThan(0);
      await until(
        'a frame reports the crash',
        async () => frames.some(({ state }) => state === 'crashing'),
        patience(20_000),
      );
      const lines = await until(
        'the lines',
        async () => {
          const page = await client('logs.app', { params: target, query: {} });
          const told = page.lines.filter(({ platform }) => platform);
          return told.some(({ text }) => /exited with code 1 after \d+ s; it restarts in \d+ s\./.test(text)) && told;
        },
        patience(20_000),
      );
      expect(lines[0]).toMatchObject({ level: 'warn', release: first.releaseId });
      expect((await client('deployments.get', ada.at(target, first))).status).toBe('live');
      const { items } = await client('deployments.healthOfEnvironment', { params: target, query: {} });
      expect(items.map(({ serviceId, state }) => [serviceId, state])).toEqual([[target.serviceId, 'crashing']]);
      const { items: current } = await client('deployments.current', { params: target, query: {} });
      expect(current.map(({ id, status }) => [id, status])).toEqual([[first.id, 'live']]);
      live.close();
    },
    patience(90_000),
  );

  it(
    'is rolled back to a healthy earlier release, and the deployment says why',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a23-second');
      const good = await ada.deploy(target, answering('good'));
      const bad = await ada.deploy(target, dying(2));
      expect(bad.status).toBe('live');
      const taken = await until(
        'the return',
        async () => {
          const found = await ada.get(target, bad);
          return found.status === 'rolled_back' && found;
        },
        patience(30_000),
      );
      expect(taken.reason).toMatchObject({
        kind: 'ReleaseFailed',
        detail: expect.stringContaining('exited with code 1'),
      });
      expect(taken.reason?.lines).toContain('boom: no database');
      expect(await visit(good.url ?? '')).toMatchObject({ status: 200, body: 'good' });
      const health = await until(
        'healthy',
        async () => {
          const found = await client('deployments.health', { params: target });
          return found.state === 'healthy' && found;
        },
        patience(20_000),
      );
      expect(health).toMatchObject({ liveReleaseId: good.releaseId, running: 1, wanted: 1 });
    },
    patience(90_000),
  );
});

describe('the health of an app', () => {
  it(
    'is healthy while it serves, and stopped before anything is live',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'well');
      expect(await client('deployments.health', { params: target })).toMatchObject({ state: 'stopped', version: 0 });
      const worker = await ada.deploy(
        target,
        running(`require('node:http').createServer((_, r) => r.end('ok')).listen(process.env.PORT)`),
      );
      expect(worker.status).toBe('live');
      const health = await until(
        'healthy',
        async () => {
          const found = await client('deployments.health', { params: target });
          return found.state === 'healthy' && found;
        },
        patience(20_000),
      );
      expect(health).toMatchObject({ running: 1, wanted: 1, restarts: 0, lastExit: null, detail: null });
    },
    patience(60_000),
  );
});

describe('A43: rollbacks', () => {
  it(
    'go to the release that was live, forth and back, and each deployment says whether it can be rolled back to',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a43');
      const v1 = await ada.deploy(target, answering('v1'));
      const v2 = await ada.deploy(target, answering('v2'));
      const v3 = await ada.deploy(target, running('process.exit(1);'));
      expect([v1.status, v2.status, v3.status]).toEqual(['live', 'live', 'failed']);
      const body = async () => (await visit(v1.url ?? '')).body;
      const back = async () => ada.end(target, await client('deployments.rollback', { params: target, body: {} }));
      expect([(await back()).status, await body()]).toEqual(['live', 'v1']);
      const mayReturn = async () => {
        const { items } = await client('deployments.list', { params: target, query: {} });
        return [v1, v2, v3].map(({ id }) => items.find((item) => item.id === id)?.canRollBack);
      };
      expect(await mayReturn()).toEqual([false, true, false]);
      expect((await ada.get(target, v2)).canRollBack).toBe(true);
      expect([(await back()).status, await body()]).toEqual(['live', 'v2']);
    },
    patience(90_000),
  );
});
