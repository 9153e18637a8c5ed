import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type Bounds, doors, requireAlive, type Target } from './target.ts';

/** The bytes to send over one connection, as Latin-1, and the end of the connection. */
interface Attempt {
  readonly door: (typeof doors)[number];
  readonly pieces: readonly string[];
  readonly end: 'wait' | 'close' | 'reset';
}

/** How long a client waits for an answer: later bytes are not read. */
const WAIT_MS = 400;
const KEPT_ANSWER = 64;
/** Answers that show a failure of a handler, or of a service behind it. */
const FAILURES = ['500', '502', '504'];

/** Bytes, paths, headers, upgrades, framings and broken endings, each over a new connection. Throws with the shrunk attempt. */
export async function rawAttack(target: Target, { seed, milliseconds, runs }: Bounds): Promise<void> {
  await fc.assert(
    fc.asyncProperty(attempt(), async (made) => {
      if (target.ended()) await target.revive?.();
      fc.pre(!target.ended());
      const answer = await carryOut(target.ports[made.door], made);
      if (target.ended()) throw new Error('the platform ended');
      const [, status = ''] = /^HTTP\/1\.[01] (\d{3})/.exec(answer) ?? [];
      if (FAILURES.includes(status)) throw new Error(`the answer is ${answer}`);
    }),
    { seed, numRuns: runs, interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false },
  );
  await requireAlive(target);
}

function carryOut(port: number, { pieces, end }: Attempt): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const finish = (): void => {
      clearTimeout(timer);
      if (end === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    };
    const timer = setTimeout(finish, WAIT_MS);
    socket.on('error', () => undefined).once('close', () => resolve(answer));
    socket.on('data', (data) => {
      answer = `${answer}${data.toString('latin1')}`.slice(0, KEPT_ANSWER);
      if (answer.length === KEPT_ANSWER) finish();
    });
    socket.once('connect', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece, 'latin1');
        await sleep(1);
      }
      if (end === 'close') socket.end();
      if (end === 'reset') finish();
    });
  });
}

const bytes = (maxLength: number) =>
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength });
const token = fc.string({
  unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
  maxLength: 80,
});

const path = fc.oneof(
  fc.constantFrom(
    ...[
      '/',
      '//',
      '///',
      '//x',
      '/v1/health',
      '/v1/teams',
      '/v1/openapi.json',
      '/docs',
      '/local',
      '/v2/',
      '/v2/a/blobs/uploads/',
    ],
    ...[
      '/sign-in/x/login',
      '/sign-in/x/oauth2/token',
      '/_local/usage',
      '/_local/statements/%/suspend',
      '/api/v1/pods',
      '/apis/%ff',
    ],
    ...[
      '*',
      '',
      '?',
      'http://127.0.0.1/',
      'http://[',
      'http://example.com//',
      '/%',
      '/%00',
      '/%ff',
      '/..%2f..',
      '/\\..\\',
      '/#',
      '/?x=%',
    ],
    ...[
      '/?X-Amz-Signature=x&X-Amz-Algorithm=y',
      '/b/%ff?X-Amz-Signature=x',
      '/__proto__',
      '/constructor',
      '/v2/__proto__/manifests/constructor',
    ],
  ),
  token.map((text) => `/${text}`),
  token,
);
const method = fc.oneof(
  fc.constantFrom(
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PRI',
    'get',
    'PROPFIND',
  ),
  token,
);
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTTP/', '');

const CREDENTIAL = 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/xx-local-1';
const header = fc.tuple(
  fc.oneof(
    fc.constantFrom(
      ...[
        'host',
        'origin',
        'content-length',
        'transfer-encoding',
        'connection',
        'upgrade',
        'expect',
        'te',
        'trailer',
        'cookie',
      ],
      ...[
        'sec-websocket-key',
        'sec-websocket-version',
        'sec-websocket-protocol',
        'authorization',
        'content-type',
        'range',
      ],
      ...[
        'x-amz-date',
        'x-amz-target',
        'x-amz-content-sha256',
        'x-amz-trailer',
        'x-amz-security-token',
        '__proto__',
        'constructor',
      ],
    ),
    token,
  ),
  fc.oneof(
    fc.constantFrom(
      ...[
        '',
        '0',
        '-1',
        '5',
        '1e9',
        '99999999999999999999',
        'chunked',
        'gzip, chunked',
        'identity',
        'close',
        'keep-alive',
        'upgrade',
      ],
      ...[
        'websocket',
        'h2c',
        '13',
        '100-continue',
        'null',
        'http://example.com',
        '127.0.0.1',
        'localhost',
        'x.localhost',
        '[::1]',
      ],
      ...[
        'Bearer x',
        'Bearer k8s-aws-v1.eA',
        'Basic eDp5',
        'AWS4-HMAC-SHA256',
        'application/json',
        'application/x-www-form-urlencoded',
      ],
      ...['s3', 'sqs', 'dynamodb', 'sts', 'execute-api', '__proto__'].map(
        (service) => `${CREDENTIAL}/${service}/aws4_request, SignedHeaders=host, Signature=x`,
      ),
      'DynamoDB_20120810.constructor',
      'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'dGhlIHNhbXBsZSBub25jZQ==',
      'x'.repeat(20_000),
    ),
    token,
    bytes(40),
  ),
);

const framing = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    '5\r\nhel',
    'ffffffff\r\n',
    '-1\r\n',
    'zz\r\n',
    '1;x=\r\na\r\n0\r\n\r\n',
  ),
  bytes(200),
);

/** Nearly well-formed requests, which reach deeper than noise, and noise. */
function attempt(): fc.Arbitrary<Attempt> {
  const own = fc.constantFrom('host: 127.0.0.1\r\n', 'host: 127.0.0.1\r\n', 'host: x.localhost\r\n', '');
  const opening = fc.constantFrom(
    '',
    '',
    '',
    'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
  );
  const head = fc
    .tuple(method, path, version, own, opening, fc.array(header, { maxLength: 6 }))
    .map(([verb, at, protocol, host, upgrade, headers]) =>
      [
        `${verb} ${at} ${protocol}\r\n${host}${upgrade}`,
        ...headers.map(([name, value]) => `${name}: ${value}\r\n`),
        '\r\n',
      ].join(''),
    );
  const request = fc.tuple(head, framing).map(([start, body]) => start + body);
  const broken = fc
    .tuple(request, fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) =>
      changes.reduce((all, [at, code]) => all.slice(0, at) + String.fromCharCode(code) + all.slice(at + 1), text),
    );
  const cut = fc.tuple(request, fc.nat(300)).map(([text, at]) => text.slice(0, at));
  const frames = fc.tuple(request, bytes(60)).map(([start, more]) => start + more);
  return fc.record({
    door: fc.constantFrom(...doors),
    pieces: fc.array(fc.oneof({ weight: 4, arbitrary: request }, broken, cut, frames, bytes(300)), {
      minLength: 1,
      maxLength: 3,
    }),
    end: fc.constantFrom('wait', 'wait', 'close', 'reset'),
  });
}
