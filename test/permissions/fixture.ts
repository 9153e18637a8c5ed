import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { afterAll, beforeAll } from '@jest/globals';
import { type Platform, startPlatform } from './platform.ts';

/** One platform in this process, for all permission tests of a test file. */
export let platform: Platform;
/** The folder of the platform's cloud assembly. */
export let assembly: string;
/** Signed in as the first owner. */
export let client: Client;

beforeAll(async () => {
  assembly = await synthesize(join(import.meta.dirname, '../..'), () => undefined);
  platform = await startPlatform(assembly);
  client = await platform.signIn();
}, 90_000);

afterAll(() => platform?.stop(), 30_000);
