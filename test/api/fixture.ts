import { afterAll, beforeAll } from '@jest/globals';
import { removeData, startPlatform } from '../journeys/platform.ts';
import { createWorld, type World } from './world.ts';

/** One of everything, on one platform for all that a test file imports. */
export let world: World;

let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  const platform = await startPlatform();
  stop = async () => {
    await platform.stop();
    removeData(platform.dataDir);
  };
  world = await createWorld(platform);
}, 60_000);

afterAll(() => stop?.(), 30_000);
