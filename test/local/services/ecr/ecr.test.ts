import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Principal } from '../../../../local/kernel/iam.ts';
import type { ImagePuller } from '../../../../local/kernel/ports.ts';
import { createEcr } from '../../../../local/services/ecr/ecr.ts';
import { isRepositoryName } from '../../../../local/services/ecr/names.ts';
import { type Bench, bench } from '../../support.ts';

const REPOSITORY = 'arn:aws:ecr:xx-local-1:000000000000:repository/team/app';
const PUSH = [
  'BatchCheckLayerAvailability',
  'InitiateLayerUpload',
  'UploadLayerPart',
  'CompleteLayerUpload',
  'PutImage',
];
const PULL = ['BatchGetImage', 'GetDownloadUrlForLayer'];
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

let at: Bench;
let puller: ImagePuller;
let ecr: ECRClient;
beforeEach(async () => {
  at = await bench((kernel) => {
    const room = createEcr(kernel);
    puller = room.images;
    return [room];
  });
  ecr = new ECRClient(at.client());
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app', imageTagMutability: 'IMMUTABLE' }));
});
afterEach(() => at.close());

function roleWith(actions: readonly string[]): Principal {
  return at.role(`r${actions.length}${actions[0] ?? ''}`, [
    { Effect: 'Allow', Action: actions.map((action) => `ecr:${action}`), Resource: REPOSITORY },
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
  ]);
}

/** A client of the registry that signs in as `principal`, as container tools do. */
async function registry(principal?: Principal) {
  const client = new ECRClient(at.client(principal));
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  const call = (method: string, path: string, body?: string, headers: object = {}) =>
    fetch(new URL(path, at.kernel.addresses.aws), {
      method,
      headers: { authorization, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  async function blob(content: string): Promise<number> {
    const begun = await call('POST', '/v2/team/app/blobs/uploads/');
    if (begun.status !== 202) return begun.status;
    const location = begun.headers.get('location') ?? '';
    const half = Math.ceil(content.length / 2);
    const range = { 'content-range': `0-${half - 1}` };
    const patched = await call('PATCH', location, content.slice(0, half), range);
    if (patched.status !== 201) return patched.status;
    const { status } = await call('PUT', `${location}?digest=${digestOf(content)}`, content.slice(half));
    return status;
  }
  async function image(name: string, tag: string): Promise<number> {
    const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Cmd: [name] } });
    const layer = `layer of ${name}`;
    const part = (mediaType: string, content: string) => ({
      mediaType,
      digest: digestOf(content),
      size: content.length,
    });
    for (const content of [config, layer]) {
      const status = await blob(content);
      if (status !== 201) return status;
    }
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI,
      config: part('application/vnd.oci.image.config.v1+json', config),
      layers: [part('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
    });
    return (await call('PUT', `/v2/team/app/manifests/${tag}`, manifest, { 'content-type': OCI })).status;
  }
  return { call, blob, image };
}

describe('the registry', () => {
  it('requires a sign-in', async () => {
    const answer = await fetch(`${at.kernel.addresses.aws}/v2/`);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)]);
  });

  it('accepts an image in chunks, and shows it to ECR and to a node that pulls it by digest', async () => {
    const { image, call } = await registry(roleWith([...PUSH, ...PULL]));
    expect(await image('app', 'v1')).toBe(201);
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: 'team/app' }));
    expect(imageDetails).toMatchObject([{ imageTags: ['v1'], imageManifestMediaType: OCI }]);
    const digest = imageDetails?.[0]?.imageDigest ?? '';
    const { host } = new URL(at.kernel.addresses.aws);
    const pulled = await puller.pull(`${host}/team/app@${digest}`);
    expect(pulled).toMatchObject({ digest, config: { architecture: 'amd64', config: { Cmd: ['app'] } } });
    expect(pulled.layers.map((path) => readFileSync(path, 'utf8'))).toEqual(['layer of app']);
    const head = await call('HEAD', `/v2/team/app/manifests/v1`);
    expect([head.status, head.headers.get('docker-content-digest')]).toEqual([200, digest]);
    expect(await (await call('GET', `/v2/team/app/blobs/${digestOf('layer of app')}`)).text()).toBe('layer of app');
  });

  it('refuses content with another digest, and manifests with missing parts', async () => {
    const { call } = await registry();
    const lied = await call('POST', `/v2/team/app/blobs/uploads/?digest=${digestOf('other')}`, 'content');
    expect([lied.status, await lied.json()]).toEqual([
      400,
      { errors: [expect.objectContaining({ code: 'DIGEST_INVALID' })] },
    ]);
    expect((await call('HEAD', `/v2/team/app/blobs/${digestOf('content')}`)).status).toBe(404);
    const manifest = JSON.stringify({ config: { digest: digestOf('nowhere'), mediaType: 'x', size: 1 }, layers: [] });
    const missing = await call('PUT', '/v2/team/app/manifests/v1', manifest, { 'content-type': OCI });
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { errors: [expect.objectContaining({ code: 'MANIFEST_BLOB_UNKNOWN' })] },
    ]);
  });

  it('never moves a tag in an immutable repository', async () => {
    const { image } = await registry();
    expect(await image('one', 'v1')).toBe(201);
    expect(await image('one', 'v1')).toBe(201);
    expect(await image('two', 'v1')).toBe(400);
    expect(await image('two', 'v2')).toBe(201);
  });

  it.each(PUSH.filter((action) => action !== 'BatchCheckLayerAvailability'))(
    'requires ecr:%s for a push',
    async (missing) => {
      const { image } = await registry(roleWith(PUSH.filter((action) => action !== missing)));
      expect(await image('app', 'v1')).toBe(403);
    },
  );

  it.each([
    ['ecr:BatchGetImage', 'manifests/v1'],
    ['ecr:GetDownloadUrlForLayer', `blobs/${digestOf('layer of app')}`],
  ])('requires %s for a pull', async (missing, path) => {
    await (await registry()).image('app', 'v1');
    const { call } = await registry(roleWith(PULL.filter((action) => `ecr:${action}` !== missing)));
    expect((await call('GET', `/v2/team/app/${path}`)).status).toBe(403);
  });

  it('mounts a layer from a repository that the caller may read', async () => {
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'other' }));
    const { call, blob } = await registry();
    expect(await blob('shared')).toBe(201);
    const path = `/v2/other/blobs/uploads/?mount=${digestOf('shared')}&from=team/app`;
    expect((await call('POST', path)).status).toBe(201);
    expect((await call('HEAD', `/v2/other/blobs/${digestOf('shared')}`)).status).toBe(200);
  });

  it('deletes the blobs of a deleted repository, even right after a push', async () => {
    const { image } = await registry();
    expect(await image('one', 'v1')).toBe(201);
    const blobs = () => readdirSync(join(at.kernel.dataDir, 'registry/blobs/sha256'));
    expect(blobs().length).toBeGreaterThan(0);
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force: true }));
    expect(blobs()).toEqual([]);
  });

  it('deletes untagged images after the days of a policy, and nothing else', async () => {
    const { image } = await registry();
    for (const [name, tag] of [
      ['old', 'cache'],
      ['new', 'cache2'],
    ] as const)
      expect(await image(name, tag)).toBe(201);
    const repositoryName = 'team/app';
    const kept = at.kernel.store.collection<{ digest: string; pushedAt: number }>('ecr.images');
    for (const tag of ['cache', 'cache2']) at.kernel.store.collection('ecr.tags').delete(`team/app:${tag}`);
    const [oldest] = kept.entries('team/app@');
    if (oldest === undefined) throw new Error('there is no image');
    kept.put(oldest[0], { ...oldest[1], pushedAt: Date.now() / 1000 - 2 * 86_400 });
    const rule = (selection: object) => ({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
    const put = (selection: object) =>
      ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify(rule(selection)) }));
    await put({ tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 1 });
    const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toHaveLength(1);
    expect(imageDetails[0]?.imageDigest).not.toBe(oldest[1].digest);
    await expect(put({ tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 5 })).rejects.toThrow(
      'emulated',
    );
  });

  it('forgets a deleted image', async () => {
    const { image } = await registry();
    await image('app', 'v1');
    const repositoryName = 'team/app';
    await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
    expect((await ecr.send(new DescribeImagesCommand({ repositoryName }))).imageDetails).toEqual([]);
  });
});

describe('a repository name', () => {
  it('is made of lower-case segments, and a hostile one is refused without delay', () => {
    expect(['app', 'gantry-local/svc-01j', 'a/b/c.d_e-f'].map(isRepositoryName)).toEqual([true, true, true]);
    expect(
      ['', 'a', 'A/b', '../x', 'a//b', '-a', 'a/', 'a..b', `${'a'.repeat(255)}-`].map(isRepositoryName),
    ).not.toContain(true);
    fc.assert(
      fc.property(
        fc.string({ maxLength: 3_000 }),
        (text) => isRepositoryName(text) === false || /^[a-z0-9]/.test(text),
      ),
    );
  });
});
