import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { describeArchive, follow, type Target } from '@gantry/local/example/deploy.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { client, platform } from './fixture.ts';
import { newService } from './platform.ts';

const app = 'test/fixtures/apps/node-npm';

describe('the address of an upload', () => {
  let target: Target;
  let archive: Buffer;
  let other: Buffer;

  beforeAll(async () => {
    target = await newService(client, 'upload-once');
    [archive, other] = [await archiveOf(app), await archiveOf(app, { 'server.js': '// something else' })];
  }, patience(30_000));

  async function newUpload(described: object = describeArchive(archive)) {
    const { environmentId: _, ...params } = target;
    const upload = await client('uploads.create', { params, body: described as ReturnType<typeof describeArchive> });
    const put = async (body: Buffer, headers: Record<string, string> = upload.headers) => {
      const response = await fetch(upload.url, { method: 'PUT', headers, body: new Uint8Array(body) });
      return `${response.status} ${/<Code>(.*)<\/Code>/.exec(await response.text())?.[1] ?? ''}`.trim();
    };
    return { ...upload, put };
  }

  it('accepts the archive once', async () => {
    const { put } = await newUpload();
    expect([await put(archive), await put(archive)]).toEqual(['200', '412 PreconditionFailed']);
  });

  it('refuses another archive, another length, and requests without its headers', async () => {
    const { put, headers } = await newUpload();
    const sameLength = Buffer.concat([archive.subarray(0, -1), Buffer.from([(archive.at(-1) ?? 0) ^ 1])]);
    expect(await put(sameLength)).toBe('400 BadDigest');
    expect(await put(other)).toBe('403 SignatureDoesNotMatch');
    expect(await put(archive.subarray(1))).toBe('403 SignatureDoesNotMatch');
    const { 'if-none-match': _, ...without } = headers;
    expect(await put(archive, without)).toBe('403 SignatureDoesNotMatch');
    const sha256 = Buffer.from(describeArchive(other).sha256, 'hex').toString('base64');
    expect(await put(archive, { ...headers, 'x-amz-checksum-sha256': sha256 })).toBe('403 SignatureDoesNotMatch');
    expect(await put(archive)).toBe('200');
  });

  it('is refused for an archive above the limit', async () => {
    const { sha256 } = describeArchive(archive);
    await expect(newUpload({ bytes: 256 * 1024 * 1024 + 1, sha256 })).rejects.toMatchObject({ kind: 'Invalid' });
    await expect(newUpload({ bytes: 10, sha256: 'x' })).rejects.toMatchObject({ kind: 'Invalid' });
  });

  it(
    'makes a build fail when the bucket has another archive than the deployed one',
    async () => {
      const { id, url, put } = await newUpload();
      expect(await put(archive)).toBe('200');
      const { aws: endpoint, region, credentials } = platform.endpoints;
      const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
      const [, Bucket = '', Key = ''] = /^\/([^/]+)\/(.+)$/.exec(new URL(url).pathname) ?? [];
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: other }));
      s3.destroy();
      const { id: deploymentId } = await client('deployments.create', { params: target, body: { uploadId: id } });
      const ended = await follow(client, target, deploymentId, undefined, patience(60_000));
      expect(ended).toMatchObject({
        status: 'failed',
        reason: { kind: 'BuildFailed', detail: expect.stringContaining('is not the one that was deployed') },
      });
    },
    patience(90_000),
  );
});
