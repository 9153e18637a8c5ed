import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { objectsOf, openOperator, reconcile } from '../faults/state.ts';
import { patience } from '../patience.ts';
import { answering, developer, running, until } from './developer.ts';
import { client, platform } from './fixture.ts';
import { cluster, newService, visit } from './platform.ts';

const CronJobs = z.object({
  items: z.array(z.object({ spec: z.object({ suspend: z.boolean(), schedule: z.string(), timeZone: z.string() }) })),
});

async function podsOf(target: Target): Promise<string[]> {
  const objects = await objectsOf(platform, target);
  return objects.map(({ name }) => name).filter((name) => name.startsWith('pods/'));
}

async function cronJobs({ environmentId }: Target) {
  const path = `/apis/batch/v1/namespaces/${toKubernetesName(environmentId)}/cronjobs`;
  return CronJobs.parse(await cluster(platform, 'GET', path)).items.map(({ spec }) => spec);
}

/** Whether each schedule of an environment is switched off. */
async function suspended(target: Target): Promise<boolean[]> {
  return (await cronJobs(target)).map(({ suspend }) => suspend);
}

async function reconcileNow(): Promise<void> {
  const operator = openOperator(platform);
  await reconcile(operator).finally(operator.close);
}

async function newCron(slug: string): Promise<Target> {
  const target = await newService(client, slug);
  const body = { slug: 'night', kind: 'cron' as const };
  const { id } = await client('services.create', { params: target, body });
  return { ...target, serviceId: id };
}

describe('a stopped service', () => {
  it(
    'answers 503 with the time and the person, survives every clean-up, and starts with the same release',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'stopping');
      const before = await ada.deploy(target, answering('before'));
      const live = await ada.deploy(target, answering('here'));
      const url = live.url ?? '';
      const stopped = await client('deployments.stop', { params: target });
      const { user } = await client('session.get', {});
      const { stopped: stop, since } = stopped;
      expect(stopped).toMatchObject({ state: 'stopped', stopped: { by: user.id }, since: stop?.at, wanted: 0 });
      // A repeat changes nothing. Only what still runs may have been counted meanwhile.
      const repeated = await client('deployments.stop', { params: target });
      expect(repeated).toMatchObject({ state: 'stopped', stopped: stop, since, wanted: 0 });
      const none = async () => (await podsOf(target)).length === 0;
      await until('all workloads have ended', none, patience(30_000));
      expect(await visit(url)).toMatchObject({ status: 503, body: expect.stringContaining('not running right now') });

      const failed = await ada.deploy(target, running('process.exit(1);'));
      expect(failed.status).toBe('failed');
      await reconcileNow();
      await until('the leftovers of the failure are gone', none, patience(30_000));
      expect(await client('deployments.health', { params: target })).toMatchObject({
        ...{ state: 'stopped', stopped: stopped.stopped, liveReleaseId: live.releaseId },
      });

      const queued = await client('deployments.start', { params: target });
      expect(queued.source).toEqual({ kind: 'release', releaseId: live.releaseId, started: true });
      expect((await ada.end(target, queued)).status).toBe('live');
      expect(await visit(url)).toMatchObject({ status: 200, body: 'here' });
      expect((await client('deployments.health', { params: target })).stopped).toBeNull();
      await expect(client('deployments.start', { params: target })).rejects.toMatchObject({ kind: 'Conflict' });

      await client('deployments.stop', { params: target });
      const back = await ada.end(target, await client('deployments.rollback', { params: target, body: {} }));
      expect([back.status, back.releaseId]).toEqual(['live', before.releaseId]);
      expect(await visit(url)).toMatchObject({ status: 200, body: 'before' });
    },
    patience(120_000),
  );

  it(
    'of kind cron, with the schedule of its source, does not run by it; a service that was never live cannot be stopped',
    async () => {
      const ada = developer(client);
      const target = await newCron('stopping-cron');
      await expect(client('deployments.stop', { params: target })).rejects.toMatchObject({ kind: 'Conflict' });
      const without = await ada.deploy(target, running(''));
      expect(without.reason?.detail).toMatch(
        /^night is a cron service without a schedule\. Add "cron" to gantry\.json/,
      );
      const cron = { schedule: '0 3 * * MON', timezone: 'Europe/Berlin' };
      const files = { ...running(''), 'gantry.json': JSON.stringify({ cron }) };
      expect((await ada.deploy(target, files)).status).toBe('live');
      expect(await cronJobs(target)).toEqual([{ suspend: false, schedule: '0 3 * * 1', timeZone: 'Europe/Berlin' }]);
      await client('deployments.stop', { params: target });
      await until('the schedule is suspended', async () => (await suspended(target)).every(Boolean), patience(30_000));
      expect((await ada.end(target, await client('deployments.start', { params: target }))).status).toBe('live');
      expect(await suspended(target)).toEqual([false]);
    },
    patience(90_000),
  );
});
