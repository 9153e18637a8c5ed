import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { isPublicAddress } from '@gantry/outbound/addresses.ts';
import { limitBytes, readBytes, readJson } from '@gantry/outbound/body.ts';
import { outboundFetch } from '@gantry/outbound/fetch.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { patience } from '../../patience.ts';
import { serve } from './serve.ts';

const deployed = { privateAddresses: false, timeoutMs: patience(2_000) };
const local = { privateAddresses: true, timeoutMs: patience(2_000) };

const quad = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
/** An independent copy of the special-purpose networks: base and number of addresses. */
const special: [number, number][] = [
  [0x00000000, 2 ** 24],
  [0x0a000000, 2 ** 24],
  [0x64400000, 2 ** 22],
  [0x7f000000, 2 ** 24],
  [0xa9fe0000, 2 ** 16],
  [0xac100000, 2 ** 20],
  [0xc0000000, 2 ** 8],
  [0xc0000200, 2 ** 8],
  [0xc0586300, 2 ** 8],
  [0xc0a80000, 2 ** 16],
  [0xc6120000, 2 ** 17],
  [0xc6336400, 2 ** 8],
  [0xcb007100, 2 ** 8],
  [0xe0000000, 2 ** 29],
];
const privateAddress = fc
  .constantFrom(...special)
  .chain(([base, size]) => fc.nat(size - 1).map((offset) => base + offset));
const isSpecial = (value: number) => special.some(([base, size]) => value >= base && value < base + size);

describe('the check of an address', () => {
  it('tells public IPv4 addresses from all others', () => {
    fc.assert(fc.property(privateAddress, (value) => !isPublicAddress(quad(value))));
    fc.assert(fc.property(fc.nat(0xffffffff), (value) => isPublicAddress(quad(value)) === !isSpecial(value)));
  });

  it('accepts IPv6 only as global unicast without an embedded IPv4 address', () => {
    const group = fc.nat(0xffff).map((value) => value.toString(16));
    const groups = fc.array(group, { minLength: 7, maxLength: 7 }).map((parts) => parts.join(':'));
    const first = (from: number, to: number) => fc.integer({ min: from, max: to }).map((value) => value.toString(16));
    const outside = fc.oneof(first(0, 0x1fff), first(0x4000, 0xffff), fc.constant('2002'));
    fc.assert(fc.property(outside, groups, (head, tail) => !isPublicAddress(`${head}:${tail}`)));
    fc.assert(fc.property(first(0x2003, 0x3ffe), groups, (head, tail) => isPublicAddress(`${head}:${tail}`)));
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.constantFrom('::', '::ffff:', '64:ff9b::', '2001:0:'),
        (value, prefix) => !isPublicAddress(`${prefix}${prefix === '2001:0:' ? '1:2:3:4:' : ''}${quad(value)}`),
      ),
    );
  });

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '[fd00:ec2::254]',
    '[::1]',
    '[::]',
    '[fe80::1]',
    '[ff02::1]',
    '[::ffff:169.254.169.254]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:7f00:1::]',
    'localhost',
  ])('refuses %s in a deployed stage', async (host) => {
    await expect(outboundFetch(`https://${host}/latest`, {}, deployed)).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('private or reserved'),
    });
  });

  it('refuses a private host in every notation', async () => {
    const notations = (value: number) => [
      String(value),
      `0x${value.toString(16)}`,
      `0${value.toString(8)}`,
      `${value >>> 24}.${value & 0xffffff}`,
      quad(value)
        .split('.')
        .map((part) => `0${Number(part).toString(8)}`)
        .join('.'),
    ];
    const written = privateAddress.chain((value) => fc.constantFrom(...notations(value)));
    await fc.assert(
      fc.asyncProperty(written, (host) =>
        expect(outboundFetch(`https://${host}/`, {}, deployed)).rejects.toMatchObject({ kind: 'Invalid' }),
      ),
    );
  });

  it.each([
    ['http://git.example.com/', 'must begin with https://'],
    ['file:///etc/passwd', 'must begin with https://'],
    ['https://ada:s3cret@git.example.com/', 'has a user name or password'],
    ['nonsense', 'is no URL'],
  ])('refuses %s with the reason, and the error holds no credential', async (address, reason) => {
    const error = await outboundFetch(address, {}, deployed).catch((error: unknown) => error);
    expect(error).toMatchObject({ kind: 'Invalid', message: expect.stringContaining(reason) });
    expect(String(error)).not.toContain('s3cret');
  });
});

describe('redirects', () => {
  const authorised = { headers: { Authorization: 'Bearer s3cret', accept: 'text/plain' } };

  it('are followed, and the credential goes only to its own origin', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end(headers.accept);
    });
    const first = await serve(({ url, headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(302, { location: url === '/a' ? '/b' : `${other}/c` }).end();
    });
    const response = await outboundFetch(`${first}/a`, authorised, local);
    expect((await readBytes(response, 100)).toString()).toBe('text/plain');
    expect(response.url.href).toBe(`${other}/c`);
    expect(seen).toEqual(['Bearer s3cret', 'Bearer s3cret', undefined]);
  });

  it('turn a POST into a GET, unless the status keeps the method', async () => {
    const origin = await serve(async (request, response) => {
      const status = Number(request.url?.slice(1));
      if (status > 0) return response.writeHead(status, { location: '/' }).end();
      const body = await text(request);
      response.end(`${request.method} ${body} ${request.headers['content-type']}`);
    });
    const post = { method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } } as const;
    const answers = [302, 303, 307, 308].map(async (status) =>
      (await readBytes(await outboundFetch(`${origin}/${status}`, post, local), 100)).toString(),
    );
    const [get, same] = ['GET  undefined', 'POST hello text/plain'];
    expect(await Promise.all(answers)).toEqual([get, get, same, same]);
  });

  it('end after five hops', async () => {
    let asked = 0;
    const origin = await serve((_, response) => {
      asked += 1;
      response.writeHead(301, { location: '/again' }).end();
    });
    await expect(outboundFetch(origin, {}, local)).rejects.toThrow('redirects more than 5 times');
    expect(asked).toBe(6);
  });

  it.each(['ftp://127.0.0.1/', 'http://ada:s3cret@127.0.0.1/'])(
    'to %s are refused like a first address',
    async (location) => {
      const origin = await serve((_, response) => response.writeHead(302, { location }).end());
      const error = await outboundFetch(origin, {}, local).catch((error: unknown) => error);
      expect(error).toMatchObject({ kind: 'Invalid', message: expect.stringContaining('that 127.0.0.1:') });
      expect(String(error)).not.toContain('s3cret');
    },
  );
});

describe('a misbehaving server', () => {
  const brief = { ...local, timeoutMs: 200 };

  it('is given up after the time limit, before and during its answer', async () => {
    const silent = await serve(() => undefined);
    const late = expect.stringMatching(/^127\.0\.0\.1:\d+ took longer than 0.2 seconds/);
    await expect(outboundFetch(silent, {}, brief)).rejects.toMatchObject({ kind: 'Unavailable', message: late });
    const slow = await serve((_, response) => response.write('a'));
    const response = await outboundFetch(slow, {}, brief);
    await expect(readBytes(response, 100)).rejects.toMatchObject({ kind: 'Unavailable', message: late });
  });

  it('is named when it ends early, refuses connections, or speaks no HTTP', async () => {
    const broken = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('a', () => response.destroy());
    });
    const response = await outboundFetch(broken, {}, local);
    await expect(readBytes(response, 100)).rejects.toMatchObject({ kind: 'Unavailable' });

    const chatty = createTcpServer((socket) => socket.resume().end('SSH-2.0-OpenSSH\r\n')).listen(0, '127.0.0.1');
    await once(chatty, 'listening');
    const address = `http://127.0.0.1:${(chatty.address() as AddressInfo).port}`;
    await expect(outboundFetch(address, {}, local)).rejects.toThrow('does not answer with HTTP');
    await expect(outboundFetch(address.replace('http:', 'https:'), {}, local)).rejects.toThrow('No secure connection');
    chatty.close();
    await once(chatty, 'close');
    await expect(outboundFetch(address, {}, local)).rejects.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringContaining('(ECONNREFUSED)'),
    });
  });

  it('cannot fill the memory: reading stops at the limit and closes the connection', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const endless = await serve((_, response) => {
      closed = once(response, 'close');
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        response.once('drain', more);
      };
      more();
    });
    const response = await outboundFetch(endless, {}, local);
    await expect(readBytes(response, 1_000_000)).rejects.toMatchObject({ kind: 'TooLarge' });
    await closed;
  });

  it('is named when its answer is not JSON', async () => {
    const origin = await serve((_, response) => response.end('<html>'));
    const response = await outboundFetch(origin, {}, local);
    await expect(readJson(response, 100)).rejects.toThrow('did not answer with JSON');
  });
});

describe('the limit of a stream', () => {
  it('passes everything below it, and nothing beyond', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(200), async (chunks, limit) => {
        async function* source() {
          yield* chunks;
        }
        const total = Buffer.concat(chunks);
        const read = buffer(limitBytes(source(), limit, 'It'));
        if (total.length > limit) await expect(read).rejects.toMatchObject({ kind: 'TooLarge' });
        else expect(total.equals(await read)).toBe(true);
      }),
    );
  });
});
