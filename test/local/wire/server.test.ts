import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { selfSigned } from '../../../local/cluster/api/certificate.ts';
import { listen as listenForBoth } from '../../../local/cluster/api/listener.ts';
import { listen } from '../../../local/ports.ts';
import type { Handler } from '../../../local/wire/server.ts';
import { patience } from '../../patience.ts';
import { bench } from '../support.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server with this handler, on a front port and on the Kubernetes port, and its log lines. */
async function serve(handler: Handler) {
  const notes: string[] = [];
  const note = (line: string) => void notes.push(line);
  const front = await listen(0, note);
  front.serve(handler);
  const kubernetes = await listenForBoth(0, selfSigned(), handler, note);
  closing.push(
    () => front.close(),
    () => kubernetes.close(),
  );
  return { notes, ports: [front.port, kubernetes.port] };
}

/** A server's answer to raw bytes until it closes the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: false });
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.setTimeout(patience(20_000), () => reject(new Error('the server did not close the connection')));
    socket.on('error', () => undefined).on('close', () => resolve(text));
    socket.write(bytes);
  });
}

const head = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${more}\r\n`;
const UPGRADE = 'Connection: upgrade\r\nUpgrade: websocket\r\n';

describe('a loopback server', () => {
  const targets = ['*', 'http://example.com/', 'x', 'http://[', '%'];

  it.each(targets)('answers 400 to a request and an upgrade with the target %s', async (target) => {
    const { ports } = await serve({
      request: (_request, response) => void response.end('reached'),
      upgrade: (_request, socket) => void socket.end('reached'),
    });
    for (const port of ports) {
      expect(await exchange(port, head(`GET ${target}`))).toMatch(/^HTTP\/1\.1 400 /);
      expect(await exchange(port, head(`GET ${target}`, UPGRADE))).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('reads a path with two slashes as a path, never as another host', async () => {
    const { ports } = await serve({
      request: (_request, response, url) => void response.end(`${url.hostname} ${url.pathname}`),
    });
    for (const port of ports) {
      expect(await exchange(port, head('GET //'))).toContain('127.0.0.1 //');
      expect(await exchange(port, head('GET //example.com/x'))).toContain('127.0.0.1 //example.com/x');
    }
  });

  it('ends only the exchange whose handler throws, at once or later, and notes the reason', async () => {
    const { notes, ports } = await serve({
      request(_request, response, url) {
        if (url.pathname === '/at-once') throw new Error('at once');
        if (url.pathname === '/later') return sleep(1).then(() => Promise.reject(new Error('later')));
        if (url.pathname === '/begun') response.write('begun');
        if (url.pathname === '/begun') throw new Error('begun');
        response.end('fine');
      },
      upgrade(_request, _socket, _head, url) {
        if (url.pathname === '/at-once') throw new Error('at once');
        return Promise.reject(new Error('later'));
      },
    });
    for (const port of ports) {
      expect(await exchange(port, head('GET /at-once'))).toMatch(/^HTTP\/1\.1 500 /);
      expect(await exchange(port, head('GET /later'))).toMatch(/^HTTP\/1\.1 500 /);
      await exchange(port, head('GET /begun'));
      expect(await exchange(port, head('GET /'))).toContain('fine');
    }
    expect(await exchange(ports[0] ?? 0, head('GET /at-once', UPGRADE))).toMatch(/^HTTP\/1\.1 500 /);
    expect(await exchange(ports[0] ?? 0, head('GET /later', UPGRADE))).toMatch(/^HTTP\/1\.1 500 /);
    expect(notes.filter((line) => line.includes('Error: later'))).toHaveLength(3);
    expect(notes.filter((line) => line.includes('Error: at once'))).toHaveLength(3);
  });

  it('closes a connection that sends many requests without reading answers', async () => {
    let seen = 0;
    const { ports } = await serve({
      request() {
        seen += 1;
      },
    });
    for (const port of ports) {
      seen = 0;
      expect(await exchange(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(500))).toBe('');
      expect(seen).toBeLessThanOrEqual(64);
    }
  });
});

describe('both endpoints', () => {
  it('survive a request and an upgrade for the path //', async () => {
    const world = await bench();
    closing.push(() => world.close());
    for (const address of [world.kernel.addresses.front, world.kernel.addresses.aws]) {
      const port = Number(new URL(address).port);
      expect(await exchange(port, head('GET //'))).toMatch(/^HTTP\/1\.1 40[34] /);
      expect(await exchange(port, head('GET //', UPGRADE))).toMatch(/^HTTP\/1\.1 403 /);
      expect((await fetch(`${address}/x`)).status).toBeLessThan(500);
    }
  });
});
