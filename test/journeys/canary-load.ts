import { afterAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { canaries, endLoads, load, orders } from './canary-traffic.ts';
import { developer, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService } from './platform.ts';

afterAll(endLoads);

describe('canaries under load', () => {
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

  it(
    'keep their share while they are paused, and can be told to go on',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'canary-advanced');
      await ada.configure(target, { release: { weights: [20, 100], bakeSeconds: 3600 } });
      const { url } = await ada.deploy(target, orders('stable', 0));
      const queued = await ada.queue(target, orders('advanced', 0));
      const { params } = ada.at(target, queued);
      await expect(client('deployments.advance', { params })).rejects.toMatchObject({ kind: 'Conflict' });
      await until('its share of 20 %', async () => (await ada.get(target, queued)).weight === 20, patience(30_000));
      const paused = await client('deployments.pause', { params });
      expect(paused).toMatchObject({ weight: 20, pausedAt: expect.any(String) });
      expect(await client('deployments.pause', { params })).toEqual(paused);
      expect((await client('deployments.resume', { params })).pausedAt).toBeNull();
      await client('deployments.advance', { params });
      canaries.set('advanced', { target, url: url ?? '', queued, seen: { sent: 0, failed: 0, lost: 0 } });
    },
    patience(60_000),
  );

  it(
    'go live at once where the service wants no shares',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'canary-watched');
      const { url } = await ada.deploy(target, orders('stable', 0));
      const seen = load(url ?? '');
      const queued = await ada.deploy(target, orders('watched', 4));
      expect(queued).toMatchObject({ status: 'live', analysis: null });
      canaries.set('watched', { target, url: url ?? '', queued, seen });
    },
    patience(60_000),
  );
});
