import { describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { collect } from './collector.ts';
import { until } from './developer.ts';
import { client } from './fixture.ts';
import { load } from './measured-app.ts';
import { visit } from './platform.ts';

function measured() {
  const { target } = load;
  if (target === undefined) throw new Error('there was no load to measure');
  return target;
}

describe('the metrics of an app that was under load', () => {
  it(
    'have the requests, the errors and the latency of each release as the load generator saw them, however often they are collected',
    async () => {
      const params = measured();
      const wanted = load.sent.reduce((sum, { requests }) => sum + requests, 0);
      await until(
        'the minutes of the load',
        async () => {
          await collect();
          return (await client('metrics.get', { params, query: {} })).total.requests >= wanted;
        },
        patience(90_000),
      );
      await Promise.all([collect(), collect()]);
      await collect();
      const { total, points } = await client('metrics.get', { params, query: {} });
      expect(total).toMatchObject({ requests: wanted, errors: 6 });
      for (const { releaseId, requests, errors, slow } of load.sent) {
        const release = await client('metrics.get', { params, query: { release: releaseId } });
        expect(release.total).toMatchObject({ requests, errors });
        expect(release.total.p99).toBeGreaterThan(slow.shortest * 0.98);
        expect(release.total.p99).toBeLessThan(slow.longest * 1.02);
        expect(release.total.p50 ?? 0).toBeLessThan(slow.longest * 1.02);
      }
      expect(points.every(({ all }) => all.requests === 0 || all.p50 !== null)).toBe(true);
    },
    patience(120_000),
  );

  it(
    'have the memory that the kernel counts, to 5 percent, the number of replicas, and no restart',
    async () => {
      const params = measured();
      const releaseId = load.sent.at(-1)?.releaseId ?? '';
      const { url } = await client('deployments.get', {
        params: { ...params, deploymentId: releaseId.replace('rel_', 'dpl_') },
      });
      const kernel = Number((await visit(url ?? '', '/memory')).body);
      const { points } = await client('metrics.get', { params, query: { release: releaseId } });
      const last = points.map(({ all }) => all).findLast(({ memory }) => memory !== null);
      expect(Math.abs((last?.memory ?? 0) / kernel - 1)).toBeLessThan(0.05);
      expect(last).toMatchObject({ replicas: 1, restarts: 0 });
      expect(last?.cpu).toBeLessThan(1);
    },
    patience(30_000),
  );

  it('are refused for a range without stored points, or with too many points, and the error says what to request', async () => {
    const params = measured();
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    await expect(client('metrics.get', { params, query: { from: ago(4), step: '60' } })).rejects.toMatchObject({
      fields: [{ field: 'query.from', message: 'must be at most 3 days ago for a step of 60 seconds' }],
    });
    await expect(client('metrics.get', { params, query: { from: ago(2), step: '60' } })).rejects.toMatchObject({
      fields: [{ field: 'query.step', message: 'gives more than 2200 points: choose a longer one' }],
    });
    await expect(client('metrics.get', { params, query: { from: ago(101) } })).rejects.toMatchObject({
      fields: [{ field: 'query.from', message: 'must be at most 100 days ago' }],
    });
    await expect(client('metrics.get', { params, query: { from: ago(1), to: ago(2) } })).rejects.toMatchObject({
      fields: [{ field: 'query.from', message: 'must be before the end' }],
    });
    expect((await client('metrics.get', { params, query: { from: ago(30) } })).step).toBe(3600);
  });
});
