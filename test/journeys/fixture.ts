import type { Client } from '@gantry/client/client.ts';
import { afterAll, beforeAll } from '@jest/globals';
import { type Platform, removeData, startPlatform } from './platform.ts';

/** One platform for all journeys of a test file, each with its own projects: a warm platform costs a tenth of a cold one. */
export let platform: Platform;
/** Signed in as the first owner. */
export let client: Client;

beforeAll(async () => {
  platform = await startPlatform();
  client = await platform.client();
}, 90_000);

/** Kills the platform with `kill -9` and starts it again, at the same addresses. */
export async function restart(): Promise<void> {
  const { dataDir, endpoints } = platform;
  await platform.kill();
  platform = await startPlatform({ dataDir, port: Number(new URL(endpoints.api).port) });
  client = await platform.client();
}

afterAll(async () => {
  await platform?.stop();
  if (platform) removeData(platform.dataDir);
}, 30_000);
