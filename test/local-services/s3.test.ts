import { createHash } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '../../local/kernel/iam.ts';
import { createS3 } from '../../local/services/s3/s3.ts';
import { type Bench, bench } from '../local/support.ts';
import { declare } from './declare.ts';

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
  it('gives back what was put, whole, in part and described', async () => {
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

  it('takes a stream in chunks with a checksum after them, and keeps one file for each object', async () => {
    for (let i = 0; i < 2; i++) {
      const Body = Readable.from([big.subarray(0, 1_000_000), big.subarray(1_000_000)]);
      await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body, ContentLength: big.length }));
    }
    const read = await room.get(Bucket, 'big', { kind: 'operator' });
    expect(read.equals(big)).toBe(true);
    expect(files()).toHaveLength(1);
  });

  it('refuses bytes that are not those that the checksum is of, and keeps what was there', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'first' }));
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'second', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: 'third', ChecksumCRC32: 'AAAAAA==' })),
    ).rejects.toMatchObject({ name: 'BadDigest' });
    expect(await text('sum')).toBe('first');
  });

  it('lets a presigned address be used with the rights of who signed it, by its method, until it expires', async () => {
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

  it('tells only who may list the bucket that an object is not there', async () => {
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

  it("answers a browser's preflight by the bucket's rules, and no anonymous request", async () => {
    const origin = world.kernel.addresses.front;
    const ask = (method: string) =>
      fetch(`${world.kernel.addresses.aws}/${Bucket}/x`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'content-type' },
      });
    const allowed = await ask('PUT');
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    expect((await ask('GET')).status).toBe(403);
    expect((await fetch(`${world.kernel.addresses.aws}/${Bucket}/presigned`)).status).toBe(403);
  });

  it('forgets files that an interrupted upload left behind, when the bucket is declared again', async () => {
    const orphan = join(world.kernel.dataDir, 's3', Bucket, 'half');
    writeFileSync(orphan, 'half of it');
    await client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'all of it' }));
    const reborn = createS3(world.kernel);
    await declare(world.kernel, reborn, 'AWS::S3::Bucket', 'Uploads', { BucketName: Bucket });
    expect(existsSync(orphan)).toBe(false);
    expect((await reborn.get(Bucket, 'whole', { kind: 'operator' })).toString()).toBe('all of it');
  });

  it('refuses by name what it does not emulate', async () => {
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
