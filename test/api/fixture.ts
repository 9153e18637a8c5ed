import { beforeAll } from '@jest/globals';
import { platform } from '../journeys/fixture.ts';
import { createWorld, type World } from './world.ts';

/** One record of every kind, on the platform that a test file's imports share. */
export let world: World;

beforeAll(async () => {
  world = await createWorld(platform);
}, 60_000);
