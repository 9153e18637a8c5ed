import { afterAll, describe, expect, it } from '@jest/globals';
import { halfOpenAttack } from '../attack/half-open.ts';
import { listeningBelow } from '../attack/listening.ts';
import { residents, strangers } from '../attack/matrix.ts';
import { operationsAttack } from '../attack/operations.ts';
import { rawAttack } from '../attack/raw.ts';
import { type Target, targetOf } from '../attack/target.ts';
import { platform } from '../journeys/fixture.ts';
import { patience } from '../patience.ts';
import { world } from './fixture.ts';

/** A new attack each day, and the same one all day. */
const seed = Math.floor(Date.now() / 86_400_000);
const MILLISECONDS = 5_000;

/** Runs the attacks of `npm run test:attack` for some seconds instead of minutes. */
describe(`the platform under attack (npm run test:attack -- --seed ${seed})`, () => {
  const target = (): Target => targetOf(() => platform);
  // The platform holds these connections open for their whole time limit, and the other attacks run meanwhile.
  let halfOpen: Promise<unknown> | undefined;
  afterAll(() => halfOpen);

  it('listens only on loopback: on its three ports and those of its databases', () => {
    const { own, databases } = listeningBelow(target().pid());
    expect(own).toEqual(Object.values(target().ports).map((port) => `127.0.0.1:${port}`));
    expect(databases.filter(({ host }) => host !== '127.0.0.1')).toEqual([]);
    halfOpen = halfOpenAttack(target()).catch((error: unknown) => error);
  });

  it('refuses reads, writes, preflights and upgrades with foreign host names or from foreign pages, at every port', async () => {
    const tried = await strangers(target());
    expect(tried.length).toBeGreaterThan(250);
    expect(tried.filter(({ status, readable }) => (status !== 403 && status !== 400) || readable)).toEqual([]);
    const own = (await residents(target()))
      .filter(({ kind }) => kind === 'read')
      .map(({ door, status }) => [door, status]);
    expect(Object.fromEntries(own)).toEqual({ front: 200, aws: 401, kubernetes: 401 });
  });

  it(
    'survives raw bytes, broken requests and broken upgrades at every port',
    async () => {
      await rawAttack(target(), { seed, milliseconds: MILLISECONDS, runs: 3_000 });
    },
    patience(60_000),
  );

  it(
    'answers as the contract says, for operations in any order',
    async () => {
      const { team: teamId, project: projectId } = world.ids;
      await operationsAttack(
        target(),
        world.api,
        { teamId, projectId },
        { seed, milliseconds: MILLISECONDS, runs: 200, heavy: false },
      );
    },
    patience(60_000),
  );

  it(
    'closes half-open connections',
    async () => {
      expect(await halfOpen).toBeUndefined();
    },
    patience(60_000),
  );
});
