import { afterAll, describe, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { canaries, endLoads, load, orders } from './canary-traffic.ts';
import { developer, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService } from './platform.ts';

afterAll(endLoads);

describe('two canaries under load', () => {
  it.each([
    ['bad', 4],
    ['good', 0],
  ] as const)(
    'get half of the traffic: a %s one',
    async (name, every) => {
      const ada = developer(client);
      const target = await newService(client, `canary-${name}`);
      await ada.configure(target, { release: { weights: [50, 100], bakeSeconds: 0, patienceMinutes: 15 } });
      const { url } = await ada.deploy(target, orders('stable', 0));
      const seen = load(url ?? '');
      const queued = await ada.queue(target, orders(name, every));
      await until(
        'the share of the canary',
        async () => (await ada.get(target, queued)).weight === 50,
        patience(30_000),
      );
      canaries.set(name, { target, url: url ?? '', queued, seen });
    },
    patience(60_000),
  );
});
