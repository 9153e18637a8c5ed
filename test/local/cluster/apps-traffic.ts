import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { deployServer, NS, remove, test } from './apps-fixture.ts';
import { until } from './harness.ts';
import { apply, created, pathOf, route, service } from './objects.ts';

describe('traffic', () => {
  it('is split exactly by the weights, and a change holds for the next request', async () => {
    await deployServer('blue', 'blue');
    await deployServer('green', 'green');
    const shift = (blue: number, green: number) =>
      created(apply(test.api, NS, route('both', 'both.localhost', { blue, green })));
    const count = async (requests: number) => {
      const answers = await Promise.all(Array.from({ length: requests }, () => test.ask('both.localhost')));
      return answers.filter(({ text }) => text.startsWith('version blue')).length;
    };
    await shift(1, 1);
    expect(await count(100)).toBe(50);
    await shift(90, 10);
    expect(await count(100)).toBe(90);
    await shift(0, 1);
    expect(await count(20)).toBe(0);
    await remove('green');
    expect((await test.ask('both.localhost')).status).toBe(503);
    await remove('blue');
  });

  it('lets running requests end when their pod is deleted', async () => {
    await deployServer('drain', '1');
    const slow = test.ask('drain.localhost', '/slow');
    await until(
      async () => test.lines,
      (lines) => lines.some(({ line }) => line.message === 'slow begins'),
    );
    await created(test.api('DELETE', pathOf('Deployment', NS, 'drain')));
    expect(await slow).toMatchObject({ status: 200, text: 'slow 1' });
    expect(
      (
        await until(
          () => test.ask('drain.localhost'),
          ({ status }) => status !== 200,
        )
      ).status,
    ).toBe(503);
  });

  it('streams both ways, without hop-by-hop headers and with the address of the client', async () => {
    const body = 'b'.repeat(2_000_000);
    const echoed = await test.ask('web.localhost', '/echo', {
      method: 'POST',
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(echoed.text.length).toBe(body.length);
    const headers = JSON.parse(
      (
        await test.ask('web.localhost', '/headers', {
          headers: { connection: 'x-secret', 'x-secret': '1', 'x-forwarded-for': '10.0.0.9' },
        })
      ).text,
    );
    expect(headers).toMatchObject({
      host: 'web.localhost',
      'x-forwarded-for': '10.0.0.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'web.localhost',
    });
    expect(headers['x-secret']).toBeUndefined();
  });

  it('tries another instance after a refused connection, if the request may be repeated', async () => {
    const listening = createServer((_, response) => response.end('alive')).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const dead = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const plain = { ...service('two'), spec: { ports: [{ name: 'http', port: 80 }] } };
    await created(apply(test.api, NS, plain));
    for (const [name, each] of Object.entries({ alive: port, dead })) {
      const slice = {
        metadata: { name: `two-${name}`, labels: { 'kubernetes.io/service-name': 'two' } },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: each, protocol: 'TCP' }],
        endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true, serving: true, terminating: false } }],
      };
      await created(test.api('POST', `/apis/discovery.k8s.io/v1/namespaces/${NS}/endpointslices`, slice));
    }
    await created(apply(test.api, NS, route('two', 'two.localhost', { two: 1 })));
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push((await test.ask('two.localhost')).text);
    expect(answers).toEqual(['alive', 'alive', 'alive', 'alive']);
    const posted = [];
    for (let at = 0; at < 4; at++)
      posted.push((await test.ask('two.localhost', '/', { method: 'POST', body: 'x' })).status);
    expect(posted.sort()).toEqual([200, 200, 502, 502]);
    await new Promise((resolve) => listening.close(resolve).closeAllConnections());
  });

  it('carries WebSockets', async () => {
    const socket = connect(test.frontPort(), '127.0.0.1');
    socket.write('GET /ws HTTP/1.1\r\nHost: web.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let seen = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        seen += chunk.toString();
        if (seen.endsWith('\r\n\r\n')) socket.write('ping');
        if (seen.endsWith('ping')) resolve();
      });
    });
    socket.destroy();
    expect(seen).toMatch(/^HTTP\/1.1 101 /);
  });

  it('gets plain errors for an unknown host, a dead app and a route to nowhere, without anything internal', async () => {
    expect(await test.ask('nobody.localhost')).toMatchObject({
      status: 404,
      text: 'There is no app at this address.\n',
    });
    expect(await test.ask('web.localhost', '/exit')).toMatchObject({ status: 502 });
    await created(apply(test.api, NS, route('lost', 'lost.localhost', { nothing: 1 })));
    expect(await test.ask('lost.localhost')).toMatchObject({
      status: 500,
      text: 'This app cannot be reached right now.\n',
    });
    const filtered = route('filtered', 'filtered.localhost', { web: 1 });
    filtered.spec.rules[0].filters = [{ type: 'RequestRedirect' }];
    await created(apply(test.api, NS, filtered));
    const { body } = await until(
      () => test.api('GET', pathOf('HTTPRoute', NS, 'filtered')),
      ({ body: each }) => each.status?.parents?.length === 1,
    );
    expect(body.status.parents[0].conditions[0]).toMatchObject({
      type: 'Accepted',
      status: 'False',
      reason: 'UnsupportedValue',
      message: 'rules[0].filters is not emulated by the local proxy',
    });
  });
});
