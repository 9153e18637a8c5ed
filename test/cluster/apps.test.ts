import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { apply, created, deployment, pathOf, preparePlatform, route, serverImage, service } from './objects.ts';

const NS = 'shop';
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
});
afterAll(() => test.stop());

/** Deploys a server under a host of its own and waits until it answers. */
async function deployServer(
  name: string,
  version: string,
  more: Parameters<typeof deployment>[2] = {},
): Promise<string> {
  const image = await serverImage(test, version);
  await created(apply(test.api, NS, deployment(name, image, more)));
  await created(apply(test.api, NS, service(name)));
  await created(apply(test.api, NS, route(name, `${name}.localhost`, { [name]: 1 })));
  await until(
    () => test.ask(`${name}.localhost`),
    ({ status }) => status === 200,
  );
  return image;
}

describe('an app in the local cluster', () => {
  it('answers at its URL once its Deployment, Service and HTTPRoute are applied', async () => {
    await deployServer('web', '1');
    const answer = await test.ask('web.localhost');
    expect(answer.text).toMatch(/^version 1 pod web-/);
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    const live = await test.api('GET', pathOf('Deployment', NS, 'web'));
    expect(live.body.status).toMatchObject({ replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 });
    const attached = await test.api('GET', pathOf('HTTPRoute', NS, 'web'));
    const conditions = attached.body.status.parents[0].conditions.map(
      ({ type, status }: Record<string, string>) => `${type} ${status}`,
    );
    expect(conditions).toEqual(['Accepted True', 'ResolvedRefs True']);
  });
});
