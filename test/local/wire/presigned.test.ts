import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpRequest } from '@smithy/types';
import type { RawService } from '../../../local/kernel/resource.ts';
import { readBody } from '../../../local/wire/body.ts';
import { verifySignature } from '../../../local/wire/signature.ts';
import { type Bench, bench } from '../support.ts';

/** Keeps each body whole: a test compares it with the sent one. */
function store(): RawService {
  const objects = new Map<string, Buffer>();
  return {
    signingName: 's3',
    async handle(request, response, _principal, url) {
      if (request.method === 'PUT') objects.set(url.pathname, await readBody(request, 10_000_000));
      const body = objects.get(url.pathname) ?? Buffer.alloc(0);
      response.writeHead(200, { etag: '"x"' }).end(request.method === 'GET' ? body : '');
    },
  };
}

describe('a service with its own protocol', () => {
  let local: Bench;
  let s3: S3Client;
  const key = { Bucket: 'b', Key: "a b/c+d'(é).txt" };
  beforeAll(async () => {
    local = await bench(() => [{ raw: [store()] }]);
    s3 = new S3Client(local.client());
  });
  afterAll(() => local.close());

  const read = async () => (await s3.send(new GetObjectCommand(key))).Body?.transformToString();

  it('gets the sent bytes, in one piece or in chunks with a trailing checksum', async () => {
    await s3.send(new PutObjectCommand({ ...key, Body: 'whole' }));
    expect(await read()).toBe('whole');
    const text = 'streamed '.repeat(50_000);
    await s3.send(
      new PutObjectCommand({ ...key, Body: Readable.from([Buffer.from(text)]), ContentLength: text.length }),
    );
    expect(await read()).toBe(text);
  });

  it('answers a presigned URL until it expires', async () => {
    const put = await getSignedUrl(s3, new PutObjectCommand(key), { expiresIn: 60 });
    expect((await fetch(put, { method: 'PUT', body: 'by URL' })).status).toBe(200);
    expect(await (await fetch(await getSignedUrl(s3, new GetObjectCommand(key)))).text()).toBe('by URL');
    const old = await getSignedUrl(s3, new GetObjectCommand(key), {
      expiresIn: 60,
      signingDate: new Date(Date.now() - 61_000),
    });
    const refused = await fetch(old);
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  it('refuses a presigned URL for another method, key or time', async () => {
    const url = await getSignedUrl(s3, new GetObjectCommand(key), { expiresIn: 60 });
    const status = async (changed: string, method = 'GET') => (await fetch(changed, { method })).status;
    expect(await status(url)).toBe(200);
    expect(await status(url, 'PUT')).toBe(403);
    expect(await status(url.replace('.txt', '.tex'))).toBe(403);
    expect(await status(url.replace('Expires=60', 'Expires=6000'))).toBe(403);
    expect(await status(url.replace(/Expires=60/, 'Expires=9999999'))).toBe(400);
  });

  it('refuses a chunked body with a wrong checksum', async () => {
    const { SignatureV4 } = await import('@smithy/signature-v4');
    const { Hash } = await import('@smithy/core/serde');
    const { port } = new URL(local.kernel.addresses.aws);
    const headers = {
      host: `127.0.0.1:${port}`,
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-decoded-content-length': '5',
    };
    const { credentials, region } = local.client();
    const signer = new SignatureV4({
      credentials,
      region,
      service: 's3',
      sha256: Hash.bind(null, 'sha256'),
      uriEscapePath: false,
    });
    const request: HttpRequest = {
      method: 'PUT',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: '/b/k',
      headers,
      query: {},
    };
    const signed = await signer.sign(request);
    const send = (body: string) =>
      fetch(`${local.kernel.addresses.aws}/b/k`, { method: 'PUT', headers: signed.headers, body });
    const chunked = (sum: string) => `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${sum}\r\n\r\n`;
    expect((await send(chunked('NhCmhg=='))).status).toBe(200);
    expect(await (await send(chunked('AAAAAA=='))).text()).toContain('<Code>BadDigest</Code>');
    expect(await (await send('5\r\nhel')).text()).toContain('<Code>IncompleteBody</Code>');
  });

  it("answers S3's own error codes in XML", async () => {
    const bad = new S3Client({
      ...local.client(),
      credentials: { ...local.client().credentials, secretAccessKey: 'x' },
    });
    await expect(bad.send(new GetObjectCommand(key))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });

  it('tells who signed a URL, for a webhook authenticator', async () => {
    const url = new URL(await getSignedUrl(s3, new GetObjectCommand(key)));
    const request = { method: 'GET', url: url.pathname + url.search, headers: { host: url.host } };
    expect(verifySignature(local.kernel.iam, request)).toMatchObject({
      principal: { kind: 'operator' },
      service: 's3',
    });
    expect(() => verifySignature(local.kernel.iam, { ...request, headers: { host: 'other' } })).toThrow(
      'does not match',
    );
  });
});
