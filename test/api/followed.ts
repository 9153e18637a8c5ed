import type { Target } from '@gantry/local/example/deploy.ts';
import { beforeAll } from '@jest/globals';
import { client } from '../journeys/fixture.ts';
import { newService } from '../journeys/platform.ts';

/** A service of the team with a deployed app. */
export let target: Target;

beforeAll(async () => {
  target = await newService(client, 'followed', { timeoutSeconds: 20 });
}, 60_000);
