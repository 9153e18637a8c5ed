import { describe as describeSockets } from '@gantry/local/cluster/kubelet/listening.ts';
import { listeningOf } from '@gantry/local/cluster/kubelet/sockets.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { created, eventsOf, pathOf, scriptImage } from './objects.ts';

const NS = 'ports';
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await created(test.api('POST', '/api/v1/namespaces', { metadata: { name: NS } }));
});
afterAll(() => test.stop());

const PROBE = { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 3 };
const WAIT = patience(20_000);

async function run(name: string, image: string, spec: Loose = {}): Promise<void> {
  const container = { name: 'app', image, ports: [{ containerPort: 8080 }], readinessProbe: PROBE };
  const pod = { metadata: { name }, spec: { terminationGracePeriodSeconds: 1, containers: [container], ...spec } };
  await created(test.api('POST', pathOf('Pod', NS), pod));
}

const podCalled = async (name: string) => (await test.api('GET', pathOf('Pod', NS, name))).body;
const containerOf = (pod: Loose) => pod?.status?.containerStatuses?.[0];
const ready = (name: string) =>
  until(
    () => podCalled(name),
    (pod) => containerOf(pod)?.ready === true,
    WAIT,
  );
const logOf = async (name: string) => String((await test.api('GET', pathOf('Pod', NS, `${name}/log`))).body);
const pidOf = (pod: Loose) => Number(containerOf(pod).containerID.slice('process://'.length));
/** The node's reports about a container that is not ready. */
async function reported(name: string): Promise<string | undefined> {
  const events = await until(
    () => eventsOf(test.api, NS, name),
    (each) => each.some((event) => event.startsWith('ListensElsewhere')),
    WAIT,
  );
  expect(containerOf(await podCalled(name)).ready).toBe(false);
  return events.find((event) => event.startsWith('ListensElsewhere'));
}
const server = (listen: string) =>
  scriptImage(
    test,
    `import { createServer } from 'node:http';
    createServer((_, response) => response.end('hi')).listen(${listen}, () => console.log('listening'));`,
  );

describe('a web container that listens in the wrong place', () => {
  it.each([
    ['on another port', 'other', '3456', 'ListensElsewhere: listens on 3456 (0.0.0.0), not on 8080'],
    [
      'on 127.0.0.1 only, as it would in a cluster (A20)',
      'narrow',
      "process.env.PORT, '127.0.0.1'",
      'ListensElsewhere: listens on 127.0.0.1:8080 only',
    ],
    ['on ::1 only (A20)', 'narrow6', "process.env.PORT, '::1'", 'ListensElsewhere: listens on [::1]:8080 only'],
  ])(
    '%s is not ready, and an event of its pod says so',
    async (_, name, listen, expected) => {
      await run(name, await server(listen));
      expect(await reported(name)).toBe(expected);
    },
    3 * WAIT,
  );

  it(
    'goes live without a false alarm if it is only slow, even with a debugger open meanwhile',
    async () => {
      const late = `import { createServer } from 'node:http';
      // The debugger of another program may have the port.
      createServer().on('error', () => undefined).listen(9229, '127.0.0.1');
      setTimeout(() => createServer((_, response) => response.end()).listen(process.env.PORT), 6000);`;
      await run('late', await scriptImage(test, late));
      await ready('late');
      expect((await eventsOf(test.api, NS, 'late')).filter((event) => /^ListensElsewhere/.test(event))).toEqual([]);
    },
    3 * WAIT,
  );

  it('learns which port it has to use, when it listens on the port of its image', () => {
    const sockets = [{ address: '0.0.0.0', port: 8080, guarded: false }];
    expect(describeSockets(sockets, '127.70.1.2', 23_111, 8080)).toBe(
      'listens on 8080 (0.0.0.0), not on PORT, which is 23111 here',
    );
  });
});

describe('an app that listens on all addresses', () => {
  it(
    "in Node.js is reached at its pod's address and at 127.0.0.1, and at no other address of the machine",
    async () => {
      await run('wide', await server('process.env.PORT'));
      const pod = await ready('wide');
      expect(pod.status.podIP).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
      const sockets = listeningOf(pidOf(pod));
      expect(sockets.map(({ address }) => address).sort()).toEqual(['127.0.0.1', pod.status.podIP].sort());
      const answers = sockets.map(async ({ address, port }) => (await fetch(`http://${address}:${port}`)).text());
      expect(await Promise.all(answers)).toEqual(['hi', 'hi']);
    },
    2 * WAIT,
  );

  it(
    'in Python binds to the loopback interface',
    async () => {
      const script = `
import os, socket
server = socket.socket(socket.AF_INET6)
server.bind(("::", int(os.environ["PORT"])))
server.listen()
print(server.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\\0").decode(), flush=True)
while True:
    server.accept()
`;
      const files = [{ name: 'app/main.py', content: script }];
      await run('snake', await test.images.add(files, { Cmd: ['python3', 'main.py'], WorkingDir: '/app' }));
      await ready('snake');
      expect(await logOf('snake')).toBe('lo\n');
    },
    2 * WAIT,
  );

  it(
    "that cannot be kept off the machine's network is warned in its log",
    async () => {
      const script = `process.env.GANTRY_POD_ADDRESS = '';
      const { spawn } = await import('node:child_process');
      const { NODE_OPTIONS, ...env } = process.env;
      spawn(process.execPath, ['-e', 'require("net").createServer().listen(process.env.PORT)'], { env });
      setInterval(() => undefined, 1000);`;
      await run('open', await scriptImage(test, script));
      await ready('open');
      const log = await until(
        () => logOf('open'),
        (text) => text.includes('all addresses'),
        WAIT,
      );
      expect(JSON.parse(log)).toEqual({
        level: 'warn',
        message: expect.stringMatching(/^The app listens on all addresses of this machine/),
      });
    },
    2 * WAIT,
  );
});

it(
  'an app that ignores SIGTERM is killed after its grace, and its log says so (A25)',
  async () => {
    const deaf = `process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => undefined, 1000);`;
    await run('deaf', await scriptImage(test, deaf));
    await until(
      () => logOf('deaf'),
      (text) => text.includes('up'),
      WAIT,
    );
    await created(test.api('DELETE', pathOf('Pod', NS, 'deaf')));
    await until(
      async () => test.lines.filter(({ stream }) => stream.includes('/deaf/')).map(({ line }) => line.message),
      (lines) => lines.some((line) => line.includes('did not end within its grace of 1 s, and was killed')),
      WAIT,
    );
  },
  2 * WAIT,
);
