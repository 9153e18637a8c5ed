import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { createCloudWatch } from '@gantry/local/services/cloudwatch/cloudwatch.ts';
import { createMetrics } from '@gantry/local/services/cloudwatch/metrics.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Bench, bench } from '../../../local/support.ts';
import { patience } from '../../../patience.ts';
import { close, startCluster, type TestCluster } from '../../cluster/kubernetes.ts';
import { type Database, startDatabase } from '../database.ts';

const MINUTE_MS = 60_000;
const HOUR = 60;
const balancer = { LoadBalancer: 'app/apps/1' };

let world: Bench;
let cluster: TestCluster;
let database: Database;
let table: Server;
let core: typeof import('@gantry/core/metrics/collect.ts');
let records: typeof import('@gantry/core/records/metrics.ts');
let packing: typeof import('@gantry/core/metrics/packing.ts');
/** How many of the next writes the table throttles. */
let throttled = 0;
/** What runs: each service has one release. */
let running: ReturnType<typeof newService>[] = [];
const store = createMetrics();

const newService = () => ({
  ...{ teamId: newId('team'), serviceId: newId('service'), environmentId: newId('environment') },
  releaseId: newId('release'),
});

beforeAll(async () => {
  [world, cluster, database] = await Promise.all([
    bench(() => [createCloudWatch(store)]),
    startCluster(),
    startDatabase('collect-test'),
  ]);
  table = createServer((incoming, outgoing) => {
    if (throttled > 0 && /PutItem/.test(String(incoming.headers['x-amz-target']))) {
      throttled -= 1;
      incoming.resume();
      const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ __type }));
      return;
    }
    const { method, headers, url } = incoming;
    const onward = request(new URL(url ?? '/', database.endpoint), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => table.listen(0, '127.0.0.1', resolve));
  cluster.intercept = (incoming, outgoing) => {
    const items = /TargetGroupBinding|targetgroupbindings/i.test(incoming.url ?? '')
      ? running.map(binding)
      : /\/pods/.test(incoming.url ?? '')
        ? running.map(pod)
        : undefined;
    if (items === undefined) return false;
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ metadata: {}, items }));
    return true;
  };
  const { endpoint, credentials } = world.client();
  Object.assign(process.env, {
    TABLE_NAME: 'collect-test',
    TRAFFIC_MINUTES: '1',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(table.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_CLOUDWATCH: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  });
  core = await import('@gantry/core/metrics/collect.ts');
  records = await import('@gantry/core/records/metrics.ts');
  packing = await import('@gantry/core/metrics/packing.ts');
}, patience(60_000));

afterEach(() => {
  jest.restoreAllMocks();
  throttled = 0;
});

afterAll(async () => {
  database?.stop();
  await cluster?.stop();
  await world?.close();
  if (table) await close(table);
});

const labels = ({ teamId, serviceId, environmentId, releaseId }: ReturnType<typeof newService>) => ({
  ...{ 'gantry.dev/team': teamId, 'gantry.dev/service': serviceId },
  ...{ 'gantry.dev/environment': environmentId, 'gantry.dev/release': releaseId },
});
const pod = (service: ReturnType<typeof newService>) => ({
  metadata: { name: 'web-1', namespace: toKubernetesName(service.environmentId), labels: labels(service) },
  status: { phase: 'Running', containerStatuses: [{ restartCount: 0 }] },
});
const groupOf = ({ releaseId }: ReturnType<typeof newService>) => `targetgroup/${releaseId}/1`;
const binding = (service: ReturnType<typeof newService>) => ({
  spec: {
    serviceRef: { name: toKubernetesName(service.releaseId) },
    targetGroupARN: `arn:aws:elasticloadbalancing:xx-local-1:000000000000:${groupOf(service)}`,
  },
});

/** The app answers so many requests in a minute. */
function serve(service: ReturnType<typeof newService>, minute: number, requests: number): void {
  const clock = jest.spyOn(Date, 'now').mockReturnValue(minute * MINUTE_MS + 5_000);
  const dimensions = { ...balancer, TargetGroup: groupOf(service) };
  for (const [name, value] of [
    ['RequestCount', 1],
    ['TargetResponseTime', 0.02],
  ] as const) {
    const meter = store.meter({ namespace: 'AWS/ApplicationELB', name, dimensions });
    for (let sent = 0; sent < requests; sent += 1) meter(value);
  }
  clock.mockRestore();
}

const collectAt = (minute: number) => core.collect(Date.now() + patience(MINUTE_MS), minute);

/** The recorded requests of each point with any, by its beginning. */
async function requestsOf(service: ReturnType<typeof newService>, from: number, step: 60 | 300 | 3600 = 60) {
  const found = await records.readSpans(service, step, from - HOUR, from + 2 * HOUR);
  const counted = found.map(({ minute, packed }) => [
    minute - from,
    packing.unpack(packed).get(service.releaseId)?.requests,
  ]);
  return counted.filter(([, requests]) => requests !== 0);
}

/** The beginning of an hour of its own for each test, long enough ago. */
const nextHour = (() => {
  let hour = Math.floor(Date.now() / MINUTE_MS / HOUR) * HOUR - 100 * HOUR;
  return () => (hour += 4 * HOUR);
})();

describe('the collector', () => {
  it(
    'has the requests from before its first run, and those of a load balancer that CloudWatch lists late',
    async () => {
      const begin = nextHour();
      const service = newService();
      running = [service];
      await collectAt(begin + 1);
      serve(service, begin + 1, 10);
      const listed = jest.spyOn(store.meters, 'named').mockReturnValue([]);
      for (let minute = 2; minute <= 17; minute += 1) {
        if (minute === 5) serve(service, begin + 5, 20);
        await collectAt(begin + minute);
      }
      expect(await requestsOf(service, begin)).toEqual([]);
      listed.mockRestore();
      await collectAt(begin + 18);
      const both = [
        [1, 10],
        [5, 20],
      ];
      expect(await requestsOf(service, begin)).toEqual(both);
      expect(await requestsOf(service, begin, 300)).toEqual([
        [0, 10],
        [5, 20],
      ]);
      expect(await requestsOf(service, begin, 3600)).toEqual([[0, 30]]);
    },
    patience(30_000),
  );

  it(
    'loses and doubles nothing when the clock runs an hour ahead for some minutes, or behind',
    async () => {
      const begin = nextHour();
      const service = newService();
      running = [service];
      const serveAndCollect = async (minute: number, shown = minute) => {
        serve(service, begin + minute, 10);
        await collectAt(begin + shown + 1);
      };
      for (const minute of [0, 1, 2]) await serveAndCollect(minute);
      for (const minute of [3, 4]) await serveAndCollect(minute, minute + HOUR);
      for (const minute of [5, 6, 7]) await serveAndCollect(minute);
      for (const minute of [8, 9]) await serveAndCollect(minute, minute - HOUR);
      for (const minute of [10, 11, 14]) await serveAndCollect(minute);
      const served = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14].map((minute) => [minute, 10]);
      expect(await requestsOf(service, begin)).toEqual(served);
      expect(await requestsOf(service, begin, 300)).toEqual([
        [0, 50],
        [5, 50],
        [10, 30],
      ]);
    },
    patience(30_000),
  );

  it(
    'takes up the same minutes after a run that the table throttled, for this service and the others',
    async () => {
      const begin = nextHour();
      const [one, other] = [newService(), newService()];
      running = [one, other];
      await collectAt(begin);
      for (const minute of [0, 1, 2, 3, 4]) for (const service of running) serve(service, begin + minute, 10);
      throttled = Number.POSITIVE_INFINITY;
      await expect(collectAt(begin + 5)).rejects.toMatchObject({ kind: 'Unavailable' });
      throttled = 0;
      await collectAt(begin + 6);
      for (const service of running) {
        expect(await requestsOf(service, begin)).toEqual([0, 1, 2, 3, 4].map((minute) => [minute, 10]));
        expect(await requestsOf(service, begin, 300)).toEqual([[0, 50]]);
      }
    },
    patience(30_000),
  );
});
