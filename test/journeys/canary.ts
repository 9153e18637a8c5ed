import { describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { canaries, endLoads } from './canary-traffic.ts';
import { developer, until } from './developer.ts';
import { client } from './fixture.ts';
import { visit } from './platform.ts';

/** Two minutes at most until a share has had a whole one, and two more looks. */
const VERDICT_MS = 240_000;

function canary(name: 'bad' | 'good' | 'advanced' | 'watched') {
  const found = canaries.get(name);
  if (found === undefined) throw new Error(`there is no ${name} canary`);
  return found;
}

const ended = ({ target, queued }: ReturnType<typeof canary>) =>
  until(
    'the end of the canary',
    async () => {
      const deployment = await developer(client).get(target, queued);
      return deployment.finishedAt !== null && deployment;
    },
    patience(VERDICT_MS),
  );

describe('a canary of which every fourth request fails', () => {
  it(
    'loses its traffic again, with the numbers as the reason, and the release before serves all requests',
    async () => {
      const bad = canary('bad');
      const failed = await ended(bad);
      expect(failed).toMatchObject({ status: 'failed', weight: 0, reason: { kind: 'ReleaseFailed', step: 'shift' } });
      expect(failed.reason?.detail).toMatch(
        /^With 50 % of the traffic it was worse than it may be\. 2\d\.\d % of its \d+ requests failed, against 0\.0 % of \d+ requests/,
      );
      const [errors] = failed.analysis?.checks ?? [];
      expect(errors).toMatchObject({ metric: 'errors', against: 'stable', verdict: 'bad', stable: { bad: 0 } });
      await until('the return of the traffic', async () => {
        const visits = Array.from({ length: 10 }, async () => (await visit(bad.url, '/order')).body);
        return (await Promise.all(visits)).every((body) => body === 'stable');
      });
    },
    patience(VERDICT_MS),
  );

  it('failed no more requests than its share of the traffic explains, and none was lost', () => {
    const { sent, failed, lost } = canary('bad').seen;
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(sent / 8 + 1);
    expect(lost).toBe(0);
  });
});

describe('a canary that is as good as the release before', () => {
  it(
    'gets all of the traffic, and no request failed',
    async () => {
      const good = canary('good');
      const live = await ended(good);
      expect(live).toMatchObject({ status: 'live', weight: 100, reason: null, analysis: { verdict: 'good' } });
      expect(good.seen).toMatchObject({ failed: 0, lost: 0 });
    },
    patience(VERDICT_MS),
  );
});

describe('a canary that somebody told to go on', () => {
  it(
    'gets all of the traffic at the next look, long before its bake time is over',
    async () => {
      expect(await ended(canary('advanced'))).toMatchObject({ status: 'live', weight: 100 });
    },
    patience(VERDICT_MS),
  );
});

describe('a live release of which every fourth request fails', () => {
  it(
    'is rolled back by itself, with the numbers as the reason',
    async () => {
      const { target, queued, url } = canary('watched');
      const taken = await until(
        'the rollback',
        async () => {
          const found = await developer(client).get(target, queued);
          return found.status === 'rolled_back' && found;
        },
        patience(VERDICT_MS),
      );
      await endLoads();
      expect(taken.reason?.detail).toMatch(
        /^Since it went live it was worse than it may be\. 2\d\.\d % of its \d+ requests failed; the limit is 1 %\. Traffic returns/,
      );
      expect((await visit(url)).body).toBe('stable');
      const { items } = await client('deployments.list', { params: target, query: {} });
      expect(items.map(({ source }) => source.kind)).toEqual(['release', 'upload', 'upload']);
    },
    patience(VERDICT_MS),
  );
});
