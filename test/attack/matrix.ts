import { connect } from 'node:net';
import { patience } from '../patience.ts';
import { type Door, doors, type Target } from './target.ts';

/** One request of the matrix, and its answer. */
export interface Tried {
  readonly door: Door;
  readonly kind: string;
  readonly host: string;
  readonly origin: string | undefined;
  readonly status: number;
  /** Whether the answer lets pages of other origins read it. */
  readonly readable: boolean;
}

/** A path of each port behind the door, whose answer is not 403. */
const PATHS: Readonly<Record<Door, string>> = { front: '/v1/health', aws: '/v2/', kubernetes: '/api' };

/** Lines of each kind of request, without Host and Origin. */
const REQUESTS: Readonly<Record<string, readonly [method: string, headers: string, body: string]>> = {
  read: ['GET', '', ''],
  write: ['POST', 'content-type: text/plain\r\ncontent-length: 2\r\n', '{}'],
  preflight: ['OPTIONS', 'access-control-request-method: PUT\r\naccess-control-request-headers: authorization\r\n', ''],
  upgrade: [
    'GET',
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    '',
  ],
};

/** Names by which a foreign page can make a browser call a loopback port, and names that look like ours. */
const foreignHosts = (port: number) => [
  ...['example.com', `example.com:${port}`, `127.0.0.1.example.com:${port}`, `localhost.example.com:${port}`],
  ...[`localhost.:${port}`, `0.0.0.0:${port}`, `127.1:${port}`, `127.0.0.2:${port}`, `2130706433:${port}`],
  ...[`example.com@127.0.0.1:${port}`, `127.0.0.1:${port}@example.com`, '', ' ', `127.0.0.1 example.com`],
];

const foreignOrigins = ({ ports }: Target) => [
  ...['http://example.com', 'https://example.com', 'null', '', 'file://', 'http://127.0.0.1', 'http://localhost:1'],
  ...[
    `https://127.0.0.1:${ports.front}`,
    `http://app.localhost:${ports.front}`,
    `http://127.0.0.1:${ports.front}.example.com`,
  ],
  `http://127.0.0.1:${ports.kubernetes}`,
];

/** Requests that every stranger must be refused: each port, each kind of request, with foreign names and from foreign pages. */
export function strangers(target: Target): Promise<Tried[]> {
  return tryAll(target, (port) => [
    ...foreignHosts(port).map((host) => [host, undefined] as const),
    ...foreignOrigins(target).map((origin) => [`127.0.0.1:${port}`, origin] as const),
  ]);
}

/** Requests that everybody but a page may send: reads and writes with the loopback names. */
export function residents(target: Target): Promise<Tried[]> {
  return tryAll(target, (port) => [
    [`127.0.0.1:${port}`, undefined],
    [`localhost:${port}`, undefined],
  ]);
}

async function tryAll(
  target: Target,
  pairs: (port: number) => readonly (readonly [host: string, origin: string | undefined])[],
): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const door of doors) {
    const port = target.ports[door];
    for (const [host, origin] of pairs(port)) {
      for (const [kind, [method, headers, body]] of Object.entries(REQUESTS)) {
        const from = origin === undefined ? '' : `origin: ${origin}\r\n`;
        const head = await headOf(
          port,
          `${method} ${PATHS[door]} HTTP/1.1\r\nhost: ${host}\r\n${from}${headers}\r\n${body}`,
        );
        const [, status = '0'] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
        tried.push({
          door,
          kind,
          host,
          origin,
          status: Number(status),
          readable: /access-control-allow-origin/i.test(head),
        });
      }
    }
  }
  return tried;
}

/** The head of a port's answer, or its part when the port closes the connection or falls silent. */
function headOf(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let head = '';
    socket.setTimeout(patience(10_000), () => socket.destroy());
    socket.on('error', () => undefined).once('close', () => resolve(head.split('\r\n\r\n')[0] ?? ''));
    socket.on('data', (data) => {
      head += data.toString('latin1');
      if (head.includes('\r\n\r\n')) socket.destroy();
    });
    socket.write(text, 'latin1');
  });
}
