import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '../../../../local/kernel/iam.ts';
import { createS3 } from '../../../../local/services/s3/s3.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

const Bucket = 'uploads';
const big = Buffer.alloc(3_000_000, 'gantry ');

let world: Bench;
let room: ReturnType<typeof createS3>;
let client: S3Client;
let writer: Principal;

beforeAll(async () => {
  world = await bench((kernel) => {
    room = createS3(kernel);
    return [room];
  });
  client = new S3Client(world.client());
  await declare(world.kernel, room, 'AWS::S3::Bucket', 'Uploads', {
    BucketName: Bucket,
    CorsConfiguration: {
      CorsRules: [{ AllowedMethods: ['PUT'], AllowedOrigins: ['http://*'], AllowedHeaders: ['*'], MaxAge: 60 }],
    },
  });
  await declare(world.kernel, room, 'AWS::S3::BucketPolicy', 'UploadsPolicy', {
    Bucket,
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 's3:*',
          Resource: ['arn:aws:s3:::uploads', 'arn:aws:s3:::uploads/*'],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::uploads/forbidden/*' },
      ],
    },
  });
  writer = world.role('Writer', [{ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::uploads/*' }]);
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

const files = () => readdirSync(join(world.kernel.dataDir, 's3', Bucket));
const text = async (Key: string, more: object = {}) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

describe('S3', () => {
  it('returns a stored object whole, in part, and its description', async () => {
    const Key = 'a folder/../ünïcode+%.tar.gz';
    const Metadata = { colour: 'blue' };
    await client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789', ContentType: 'text/plain', Metadata }));
    expect(await text(Key)).toBe('0123456789');
    expect(await text(Key, { Range: 'bytes=2-4' })).toBe('234');
    expect(await text(Key, { Range: 'bytes=-3' })).toBe('789');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    const md5 = createHash('md5').update('0123456789').digest('hex');
    expect(head).toMatchObject({ ContentLength: 10, ContentType: 'text/plain', Metadata, ETag: `"${md5}"` });
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(text(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('accepts a stream in chunks with a trailing checksum, and stores one file per object', async () => {
    for (let i = 0; i < 2; i++) {
      const Body = Readable.from([big.subarray(0, 1_000_000), big.subarray(1_000_000)]);
      await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body, ContentLength: big.length }));
    }
    const read = await room.get(Bucket, 'big', { kind: 'operator' });
    expect(read.equals(big)).toBe(true);
    expect(files()).toHaveLength(1);
  });

  it('refuses bytes that do not match their checksum, and keeps the old object', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'first' }));
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'second', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'third', ChecksumCRC32: 'AAAAAA==' })),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    expect(await text('sum')).toBe('first');
  });

  it("checks the checksum of the client's choice, before or after the body, and stores it", async () => {
    for (const [ChecksumAlgorithm, name] of [
      ['SHA1', 'ChecksumSHA1'],
      ['SHA256', 'ChecksumSHA256'],
    ] as const) {
      const value = createHash(ChecksumAlgorithm.toLowerCase()).update('summed').digest('base64');
      const whole = { Bucket, Key: `with-${ChecksumAlgorithm}`, Body: 'summed', ChecksumAlgorithm };
      const streamed = { ...whole, Key: `${whole.Key}-after`, Body: Readable.from([Buffer.from('summed')]) };
      for (const put of [whole, { ...streamed, ContentLength: 6 }]) {
        expect(await client.send(new PutObjectCommand(put))).toMatchObject({ [name]: value });
        const head = await client.send(new HeadObjectCommand({ Bucket, Key: put.Key, ChecksumMode: 'ENABLED' }));
        expect([head[name], head.ChecksumCRC32]).toEqual([value, undefined]);
      }
      const other = createHash(ChecksumAlgorithm.toLowerCase()).update('other').digest('base64');
      await expect(client.send(new PutObjectCommand({ ...whole, [name]: other }))).rejects.toMatchObject({
        name: 'BadDigest',
      });
    }
    const crc32c = new PutObjectCommand({ Bucket, Key: 'x', Body: 'x', ChecksumCRC32C: 'AAAAAA==' });
    await expect(client.send(crc32c)).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  it('refuses an S3 header that the signature does not cover', async () => {
    const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'sneaked' }));
    const headers = { 'x-amz-meta-owner': 'me' };
    const refused = await fetch(url, { method: 'PUT', body: 'x', headers });
    expect(refused.status).toBe(403);
    const why = await refused.text();
    expect(why).toContain('<Code>AccessDenied</Code><Message>There were headers present in the request which were not');
    expect(why).toContain('<HeadersNotSigned>x-amz-meta-owner</HeadersNotSigned>');
    await expect(text('sneaked')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('refuses the list of buckets and every multipart operation by name, and changes nothing', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'whole' }));
    const part = { Bucket, Key: 'whole', UploadId: 'u' };
    for (const [command, name] of [
      [new ListBucketsCommand({}), 'ListBuckets'],
      [new CreateMultipartUploadCommand({ Bucket, Key: 'whole' }), 'CreateMultipartUpload'],
      [new UploadPartCommand({ ...part, PartNumber: 1, Body: 'part' }), 'multipart upload'],
      [new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts: [] } }), 'multipart upload'],
      [new AbortMultipartUploadCommand(part), 'multipart upload'],
    ] as const) {
      await expect(client.send(command as never)).rejects.toMatchObject({
        name: 'NotImplemented',
        message: expect.stringContaining(name),
      });
    }
    expect(await text('whole')).toBe('whole');
  });

  it('lists keys with odd characters escaped, for clients that request it', async () => {
    const Key = 'escaped/a b+c&<ü>';
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const list = (more: object) => client.send(new ListObjectsV2Command({ Bucket, Prefix: 'escaped/', ...more }));
    expect((await list({})).Contents?.[0]?.Key).toBe(Key);
    const escaped = await list({ EncodingType: 'url' });
    expect(escaped).toMatchObject({ EncodingType: 'url', Prefix: 'escaped/' });
    expect(escaped.Contents?.[0]?.Key).toBe('escaped/a+b%2Bc%26%3C%C3%BC%3E');
  });

  it('gives a presigned URL the rights of its signer, for its method, until it expires', async () => {
    const signer = new S3Client(world.client(writer));
    const sign = (Key: string, expiresIn = 60) =>
      getSignedUrl(signer, new PutObjectCommand({ Bucket, Key, ContentLength: 5 }), {
        expiresIn,
        signableHeaders: new Set(['content-length']),
      });
    const put = async (url: string, body = 'hello') => {
      const response = await fetch(url, { method: 'PUT', body });
      return `${response.status} ${/<Code>(.*)<\/Code>/.exec(await response.text())?.[1] ?? ''}`.trim();
    };
    const url = await sign('presigned');
    expect(await put(url)).toBe('200');
    expect(await text('presigned')).toBe('hello');
    expect(await put(url, 'too long')).toBe('403 SignatureDoesNotMatch');
    expect(await put(url.replace('/presigned?', '/elsewhere?'))).toBe('403 SignatureDoesNotMatch');
    expect(await put(await sign('forbidden/x'))).toBe('403 AccessDenied');
    const old = await getSignedUrl(signer, new PutObjectCommand({ Bucket, Key: 'old' }), {
      expiresIn: 1,
      signingDate: new Date(Date.now() - 60_000),
    });
    expect(await put(old)).toBe('403 AccessDenied');
    const get = await getSignedUrl(signer, new GetObjectCommand({ Bucket, Key: 'presigned' }));
    expect((await fetch(get)).status).toBe(403);
    signer.destroy();
  });

  it('accepts a conditional write only without an existing object, even of two at once', async () => {
    const put = (Key: string, Body: string) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' })).then(
        () => Body,
        (error: Error & { $metadata?: { httpStatusCode?: number } }) =>
          `${error.name} ${error.$metadata?.httpStatusCode}`,
      );
    const both = await Promise.all([put('once', 'one'), put('once', 'two')]);
    expect(both.toSorted()).toEqual(['PreconditionFailed 412', expect.stringMatching(/^(one|two)$/)]);
    expect(await put('once', 'three')).toBe('PreconditionFailed 412');
    expect(both).toContain(await text('once'));
    const conditional = new PutObjectCommand({ Bucket, Key: 'once', Body: 'x', IfNoneMatch: '"an-etag"' });
    await expect(client.send(conditional)).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  it('reveals that an object is missing only to callers that may list the bucket', async () => {
    const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });
    const reader = world.role('Reader', [allow('s3:GetObject', 'arn:aws:s3:::uploads/*')]);
    await expect(room.get(Bucket, 'nothing', reader)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(room.get(Bucket, 'nothing', { kind: 'operator' })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(room.get(Bucket, 'nothing', writer)).rejects.toThrow('s3:GetObject');
  });

  it('lists keys by prefix, page by page', async () => {
    for (const name of ['l/b', 'l/a', 'l/c', 'm'])
      await client.send(new PutObjectCommand({ Bucket, Key: name, Body: name }));
    const first = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', MaxKeys: 2 }));
    expect(first.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
      ['l/a', 3],
      ['l/b', 3],
    ]);
    const ContinuationToken = first.NextContinuationToken;
    const second = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', ContinuationToken }));
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['l/c']);
    expect(second.IsTruncated).toBe(false);
  });

  it("answers a browser's preflight by the bucket's rules, and refuses anonymous requests", async () => {
    const origin = world.kernel.addresses.front;
    const ask = (method: string, query = '') =>
      fetch(`${world.kernel.addresses.aws}/${Bucket}/x${query}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'content-type' },
      });
    const allowed = await ask('PUT');
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    // The address of an upload carries a signature for its PUT, but a preflight is no PUT.
    const presigned = '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=any&X-Amz-Signature=any';
    expect((await ask('PUT', presigned)).status).toBe(200);
    expect((await ask('GET')).status).toBe(403);
    expect((await fetch(`${world.kernel.addresses.aws}/${Bucket}/presigned`)).status).toBe(403);
  });

  it('deletes the files of interrupted uploads when the bucket is declared again', async () => {
    const orphan = join(world.kernel.dataDir, 's3', Bucket, 'half');
    writeFileSync(orphan, 'half of it');
    await client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'all of it' }));
    const reborn = createS3(world.kernel);
    await declare(world.kernel, reborn, 'AWS::S3::Bucket', 'Uploads', { BucketName: Bucket });
    expect(existsSync(orphan)).toBe(false);
    expect((await reborn.get(Bucket, 'whole', { kind: 'operator' })).toString()).toBe('all of it');
  });

  it('refuses unsupported parameters by name', async () => {
    await expect(client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x', ACL: 'public-read' })),
    ).rejects.toThrow('x-amz-acl');
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'x', VersionId: '1' }))).rejects.toThrow('versionId');
    await expect(client.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });
});
