import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { LOAD_APP, startLoad } from './load.ts';
import { apply, created, deployment, pathOf, preparePlatform, route, service } from './objects.ts';

const NS = 'shop';
const HOST = 'web.localhost';
const SWITCHES = 5;
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
});
afterAll(() => test.stop());

/** A release with its own Deployment and Service, as Gantry makes them. Resolves when it is available. */
async function release(version: number, env: Loose[] = []): Promise<string> {
  const name = `rel-${version}`;
  const image = await test.images.add([{ name: 'app/main.mjs', content: LOAD_APP }], {
    Cmd: ['node', 'main.mjs'],
    WorkingDir: '/app',
    Env: [`VERSION=${version}`],
  });
  const container = { env, lifecycle: { preStop: { sleep: { seconds: 1 } } } };
  const pod = { terminationGracePeriodSeconds: env.length > 0 ? 2 : 10 };
  await created(apply(test.api, NS, deployment(name, image, { container, pod })));
  await created(apply(test.api, NS, service(name)));
  await until(
    () => test.api('GET', pathOf('Deployment', NS, name)),
    ({ body }) => body.status?.availableReplicas === 1,
  );
  return name;
}

const shiftTo = (name: string) => created(apply(test.api, NS, route('web', HOST, { [name]: 1 })));

describe('traffic under load', () => {
  it("moves between releases without a failed request, and a running one ends with its pod's grace at the latest", async () => {
    let live = await release(0);
    await shiftTo(live);
    await until(
      () => test.ask(HOST),
      ({ status }) => status === 200,
    );
    const load = startLoad({ url: `http://127.0.0.1:${test.frontPort()}`, host: HOST, rate: 200, slowMs: 1200 });
    for (let version = 1; version <= SWITCHES; version++) {
      const stubborn = version === SWITCHES - 1 ? [{ name: 'STUBBORN', value: '1' }] : [];
      const next = await release(version, stubborn);
      await load.hold();
      await shiftTo(next);
      await created(test.api('DELETE', pathOf('Deployment', NS, live)));
      live = next;
    }
    await until(
      async () => (await test.api('GET', pathOf('Pod', NS))).body.items.length,
      (pods) => pods === 1,
    );
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    const answered = Object.values(report.answers).reduce((sum, count) => sum + count, 0);
    expect(answered).toBe(report.sent);
    expect(Object.keys(report.answers).length).toBe(SWITCHES + 1);
    expect(report.slow).toBe(SWITCHES);
    const [cut, ...told] = [...report.sockets].sort((a, b) => b.code - a.code);
    expect(told.map(({ code }) => code)).toEqual([1001, 1001, 1001, 1001]);
    expect(told.every(({ openedAt, closedAt }) => closedAt - openedAt >= 1000)).toBe(true);
    expect(cut?.code).toBe(1006);
    expect((cut?.closedAt ?? 0) - (cut?.openedAt ?? 0)).toBeGreaterThanOrEqual(2000);
  });
});
