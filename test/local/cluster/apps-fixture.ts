import { afterAll, beforeAll } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { apply, created, deployment, pathOf, podsOf, preparePlatform, route, serverImage, service } from './objects.ts';

export const NS = 'shop';
export let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
});
afterAll(() => test.stop());

/** Deploys a server under its own host name and waits until it answers. */
export async function deployServer(
  name: string,
  version: string,
  more: Parameters<typeof deployment>[2] = {},
): Promise<void> {
  await created(apply(test.api, NS, deployment(name, await serverImage(test, version), more)));
  await created(apply(test.api, NS, service(name)));
  await created(apply(test.api, NS, route(name, `${name}.localhost`, { [name]: 1 })));
  await until(
    () => test.ask(`${name}.localhost`),
    ({ status }) => status === 200,
  );
}

export const containerOf = (pod: Loose) => pod?.status?.containerStatuses?.[0];

export async function remove(name: string): Promise<void> {
  await created(test.api('DELETE', `${pathOf('Deployment', NS, name)}?gracePeriodSeconds=0`));
  await until(
    () => podsOf(test.api, NS, name),
    (pods) => pods.length === 0,
  );
}
