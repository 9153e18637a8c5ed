import { request } from 'node:http';
import { LOAD_BALANCER } from '@gantry/local/cluster/proxy/traffic.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import type { Loose } from './api-answer.ts';
import { type Answer, startTestCluster, type TestCluster, until } from './harness.ts';
import { apply, created, deployment, preparePlatform, route, SERVER_FILES, scriptImage, service } from './objects.ts';

const NS = 'shop';
const KB = 1024;
const MB = KB * KB;
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
  const Cmd = ['node', '--max-http-header-size=65536', 'server.mjs'];
  await deploy('echo', await test.images.add(SERVER_FILES, { Cmd, WorkingDir: '/app' }));
}, patience(30_000));
afterAll(() => test.stop());

async function deploy(name: string, image: string): Promise<void> {
  const readinessProbe = { tcpSocket: { port: 8080 } };
  await created(apply(test.api, NS, deployment(name, image, { container: { readinessProbe } })));
  await created(apply(test.api, NS, service(name)));
  await created(apply(test.api, NS, route(name, `${name}.localhost`, { [name]: 1 })));
  await until(
    () => test.ask(`${name}.localhost`, '/ready'),
    ({ status }) => status === 200,
    patience(20_000),
  );
}

describe('an upgrade to something other than a WebSocket', () => {
  const h2c = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA' };

  it("is ignored: the body is answered over HTTP/1.1, as Java's client expects (A21)", async () => {
    const answer = await test.ask('echo.localhost', '/echo', { method: 'POST', body: 'a=b', headers: h2c });
    expect(answer).toMatchObject({ status: 200, text: 'a=b' });
  });

  it('does not reach the app, with or without a body', async () => {
    for (const method of ['GET', 'POST']) {
      const { status, text } = await test.ask('echo.localhost', '/headers', { method, headers: h2c });
      expect(status).toBe(200);
      const seen = Object.keys(JSON.parse(text));
      expect(seen).not.toContain('upgrade');
      expect(seen).not.toContain('http2-settings');
    }
  });
});

describe('large requests (A22)', () => {
  it('pass with headers of up to 32 KB, and get as much back', async () => {
    for (const size of [8, 15, 16, 20, 30, 32]) {
      const cookie = 'c'.repeat(size * KB - 10);
      const { status, text } = await test.ask('echo.localhost', '/headers', { headers: { cookie } });
      expect([size, status, JSON.parse(text).cookie.length]).toEqual([size, 200, cookie.length]);
    }
  });

  it('with larger headers get 431 and the limit', async () => {
    const answer = await test.ask('echo.localhost', '/', { headers: { cookie: 'c'.repeat(40 * KB) } });
    expect(answer).toMatchObject({ status: 431, text: expect.stringContaining('larger than 32 KB') });
  });

  it(
    'pass with a chunked body of 100 MB, and come back whole',
    async () => {
      expect(await echoed(100)).toBe(100 * MB);
    },
    patience(60_000),
  );

  it(
    'pass with a body of 150 MB while it arrives, and little of it is buffered',
    async () => {
      const buffers = () => process.memoryUsage().arrayBuffers;
      const before = buffers();
      let most = 0;
      const seen = () => {
        most = Math.max(most, buffers() - before);
      };
      // A proxy that buffers the whole body would never return the first megabyte.
      expect(await echoed(150, { pace: true, seen })).toBe(150 * MB);
      expect(most).toBeLessThan(100 * MB);
    },
    patience(60_000),
  );
});

/**
 * Sends a chunked body of this many megabytes and counts the returned bytes. Sends at full speed, or each megabyte after the return of the previous
 * one.
 */
function echoed(megabytes: number, { pace = false, seen = () => {} } = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    let goOn = () => {};
    const options = { host: '127.0.0.1', port: test.frontPort(), path: '/echo', method: 'POST', agent: false };
    const sending = request({ ...options, headers: { host: 'echo.localhost' } }, (answer) => {
      let [bytes, looked] = [0, 0];
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        // A check takes longer than a chunk.
        if (bytes - looked >= MB / 4) {
          looked = bytes;
          seen();
        }
        if (pace && bytes % MB === 0) goOn();
      });
      answer.on('end', () => resolve(bytes)).on('error', reject);
    });
    sending.on('error', reject);
    const part = Buffer.alloc(MB);
    const write = (left: number) => {
      if (left === 0) return void sending.end();
      goOn = () => write(left - 1);
      sending.write(part, pace ? () => {} : goOn);
    };
    write(megabytes);
  });
}

describe('a connection that an app closes during a request', () => {
  let answers: (method: string) => Promise<Answer>;

  beforeAll(async () => {
    // Each connection serves one request; at the second request the app closes it without an answer.
    const script = `
      import { createServer } from 'node:net';
      createServer((socket) => {
        let seen = 0;
        socket.on('error', () => {}).on('data', () => {
          seen += 1;
          if (seen > 1) return socket.destroy();
          socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi');
        });
      }).listen(process.env.PORT);`;
    await deploy('hasty', await scriptImage(test, script));
    answers = (method) => test.ask('hasty.localhost', '/', { method });
  }, patience(30_000));

  it('costs no request that may be repeated', async () => {
    const seen: number[] = [];
    for (let each = 0; each < 10; each++) seen.push((await answers('GET')).status);
    for (let each = 0; each < 10; each++) seen.push((await answers('DELETE')).status);
    expect(seen).toEqual(Array(20).fill(200));
  });

  it('gives 502 for a request that must not be repeated', async () => {
    const seen = new Set<number>();
    for (let each = 0; each < 6; each++) seen.add((await answers('POST')).status);
    expect([...seen].sort()).toEqual([200, 502]);
    // The metric counts the load balancer's own error answers: the alarm LoadBalancerErrors watches it.
    const errors = { namespace: 'AWS/ApplicationELB', name: 'HTTPCode_ELB_5XX_Count', dimensions: ['LoadBalancer'] };
    expect(test.metrics().over(errors, 'Sum', 0, Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
  });
});

describe('the measurements of an app by the load balancer and the cluster', () => {
  const listed = async (path: string) => (await test.api('GET', path)).body.items as Loose[];

  it('is counted by its target group, which the cluster names', async () => {
    const [binding] = (await listed(`/apis/eks.amazonaws.com/v1/namespaces/${NS}/targetgroupbindings`)).filter(
      ({ metadata }) => metadata.name === 'echo',
    );
    const targetGroup = String(binding?.spec.targetGroupARN).split(':').at(-1) ?? '';
    expect(targetGroup).toMatch(/^targetgroup\/echo\/[0-9a-f]{16}$/);
    const sums = () =>
      ['RequestCount', 'TargetResponseTime', 'HTTPCode_Target_5XX_Count'].map((name) => {
        const dimensions = { LoadBalancer: LOAD_BALANCER.LoadBalancer, TargetGroup: targetGroup };
        const minutes = test.metrics().meters.minutes({ namespace: 'AWS/ApplicationELB', name, dimensions }, 0, 1e9);
        return minutes.reduce((sum, [, { count }]) => sum + count, 0);
      });
    const before = sums();
    for (let each = 0; each < 3; each += 1) await test.ask('echo.localhost', '/headers');
    expect(sums().map((count, index) => count - (before[index] ?? 0))).toEqual([3, 3, 0]);
  });

  it('is its processor and memory, by the metrics API, which nobody may write', async () => {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${NS}/pods`;
    const metrics = await listed(`${path}?labelSelector=app%3Decho`);
    expect(metrics).toHaveLength(1);
    const usage = { cpu: expect.stringMatching(/^\d+n$/), memory: expect.stringMatching(/^[1-9]\d{3,}Ki$/) };
    expect(metrics[0]).toMatchObject({ kind: 'PodMetrics', containers: [{ usage }] });
    expect((await test.api('POST', path, {})).status).toBe(405);
    expect((await test.api('GET', `${path}/absent`)).status).toBe(404);
  });
});
