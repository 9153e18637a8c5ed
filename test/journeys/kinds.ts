import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { workFolder } from '@gantry/local/work-folder.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ARCHITECTURE } from '../../layers/builder/oci/image.ts';
import { KINDS, shareGoCache } from '../layers/builder/kinds.ts';
import { type Entry, temporaryFolder, writeArchive } from '../layers/builder/peers.ts';
import { OCI, type SourceImages, startSource } from '../layers/builder/source-images.ts';
import { patience } from '../patience.ts';
import { unless } from '../unless.ts';
import { client, platform } from './fixture.ts';
import type { Content } from './git-repository.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { newService, visit } from './platform.ts';
import { tinyApp } from './tiny-app.ts';

const fixtures = join(import.meta.dirname, '../fixtures/apps');
/** Other installs run at the same time. */
const PATIENCE_MS = 120_000;
const HEALTH = { timeoutSeconds: 30 };

let git: GitServer;
let registry: SourceImages;

beforeAll(async () => {
  [git, registry] = await Promise.all([startGitServer(), startSource()]);
  await shareGoCache(join(workFolder(platform.dataDir), 'cache'));
}, 90_000);

afterAll(async () => {
  await Promise.all([git?.stop(), registry?.[Symbol.asyncDispose]()]);
}, 30_000);

async function end(target: Target, { id }: Pick<Deployment, 'id'>): Promise<Deployment> {
  return follow(client, target, id, undefined, patience(PATIENCE_MS));
}

/** Deploys a new service from the place that its source names. */
async function deploySource(slug: string, source: ServiceSource): Promise<Deployment> {
  const target = await newService(client, slug, HEALTH, source);
  return end(target, await client('deployments.create', { params: target, body: {} }));
}

async function deployArchive(slug: string, archive: Buffer): Promise<Deployment> {
  const target = await newService(client, slug, HEALTH);
  return end(target, await upload(client, target, archive));
}

async function deployApp(app: string): Promise<Deployment> {
  return deployArchive(app, await archiveOf(join(fixtures, app)));
}

describe('an upload that needs', () => {
  for (const { name, app, answer, missing } of KINDS) {
    unless(missing || undefined)(
      `${name} goes live and answers`,
      async () => {
        const ended = await deployApp(app);
        expect(ended).toMatchObject({ status: 'live', reason: null });
        expect(await visit(ended.url ?? '')).toEqual({ status: 200, body: answer });
      },
      PATIENCE_MS,
    );
  }
});

describe('an image', () => {
  it(
    'that was built here goes live again from another registry as the same image',
    async () => {
      const built = await deployApp('static-site');
      expect(await visit(built.url ?? '')).toMatchObject({ status: 200, body: expect.stringContaining('Static site') });
      await carry(built, '1');
      const copied = await deploySource('copied', { kind: 'image', reference: `${registry.host}/team/app:1` });
      expect(copied).toMatchObject({ status: 'live', imageDigest: built.imageDigest, source: { kind: 'image' } });
      expect(await visit(copied.url ?? '', '/about')).toMatchObject({
        status: 200,
        body: expect.stringContaining('About'),
      });
    },
    PATIENCE_MS,
  );

  it(
    'from another builder needs a real cluster, and the deployment says so',
    async () => {
      registry.image(ARCHITECTURE, OCI, { tag: 'foreign' });
      const ended = await deploySource('foreign', { kind: 'image', reference: `${registry.host}/team/app:foreign` });
      expect(ended).toMatchObject({ status: 'failed', reason: { step: 'verify' } });
      expect(ended.reason?.detail).toMatch(/was not built here: .*deploy the source of the app, or use a real cluster/);
    },
    PATIENCE_MS,
  );

  it(
    'that does not exist is named in the reason',
    async () => {
      const ended = await deploySource('absent', { kind: 'image', reference: `${registry.host}/team/app:absent` });
      expect(ended).toMatchObject({ status: 'failed', reason: { kind: 'BuildFailed', step: 'build' } });
      expect(ended.reason?.detail).toMatch(/^there is no image .*\/team\/app:absent; check its name and tag$/);
    },
    PATIENCE_MS,
  );
});

describe('at its fetch, with advice, a deployment fails for a repository with', () => {
  it.each<[string, Record<string, Content>, string, RegExp]>([
    [
      'a submodule (A16)',
      {
        '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = https://git.example.com/lib.git\n',
        lib: { submodule: 'a'.repeat(40) },
      },
      'Invalid',
      /^"lib" is a submodule, which is not fetched\. Commit its files, or install it as a package\.$/,
    ],
    [
      'a pointer of Git LFS (A16)',
      { 'model.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n` },
      'Invalid',
      /^"model\.bin" is a pointer of Git LFS, not the file itself\. Commit the file, fetch it in the build, or /,
    ],
  ])(
    '%s',
    async (what, files, kind, detail) => {
      const name = what
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replace(/-$/, '');
      const repository = await git.create(name, { 'uploadpack.allowFilter': 'true' });
      await repository.push('main', { 'index.js': '', ...files });
      const ended = await deploySource(name, { kind: 'git', url: `${git.url}/${name}.git`, branch: 'main' });
      expect(ended).toMatchObject({ status: 'failed', reason: { kind, step: 'fetch' } });
      expect(ended.reason?.detail).toMatch(detail);
    },
    PATIENCE_MS,
  );
});

it(
  'A16: a submodule outside of the root folder stops neither a deployment nor the next one',
  async () => {
    const repository = await git.create('elsewhere', { 'uploadpack.allowFilter': 'true' });
    const module = { '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n' };
    const files = (text: string) =>
      Object.fromEntries(Object.entries(tinyApp(text)).map(([name, content]) => [`web/${name}`, content]));
    const source = { kind: 'git', url: `${git.url}/elsewhere.git`, branch: 'main' } as const;
    const target = await newService(client, 'elsewhere', HEALTH, source);
    const { environmentId: _, ...params } = target;
    await client('services.update', { params, body: { rootFolder: 'web' } });
    for (const text of ['v1', 'v2']) {
      await repository.push('main', { ...module, lib: { submodule: 'a'.repeat(40) }, ...files(text) });
      const ended = await end(target, await client('deployments.create', { params: target, body: {} }));
      expect((await visit(ended.url ?? '')).body).toBe(text);
    }
  },
  patience(PATIENCE_MS),
);

describe('at its build, with advice, a deployment fails for an upload with', () => {
  it.each<[string, Entry[], RegExp]>([
    ['a path out of it', [{ name: '../evil' }], /^the archive has a path with "\.\.", "\.\.\/evil"; create it in/],
    [
      'a Dockerfile',
      [{ name: 'Dockerfile', content: 'FROM scratch\n' }],
      /^this app has a Dockerfile, and a platform on one machine cannot build Dockerfiles: .* add a gantry\.json/,
    ],
  ])(
    '%s',
    async (what, entries, detail) => {
      await using folder = await temporaryFolder();
      const file = join(folder.path, 'source.tar.gz');
      await writeArchive(file, [{ name: 'index.js' }, ...entries]);
      const ended = await deployArchive(what.toLowerCase().replaceAll(' ', '-'), await readFile(file));
      expect(ended).toMatchObject({ status: 'failed', reason: { kind: 'BuildFailed', step: 'build' } });
      expect(ended.reason?.detail).toMatch(detail);
    },
    PATIENCE_MS,
  );
});

/** Copies an image of the platform to the other registry, as its owner would with a pull and a push. */
async function carry({ serviceId, imageDigest }: Deployment, tag: string): Promise<void> {
  const { aws: endpoint, region, credentials } = platform.endpoints;
  const ecr = new ECRClient({ endpoint, region, credentials });
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  ecr.destroy();
  const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken}` };
  const pull = async (path: string) => {
    const answer = await fetch(`${endpoint}/v2/gantry-local/${toKubernetesName(serviceId)}/${path}`, { headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  const manifest = await pull(`manifests/${imageDigest}`);
  const { config, layers } = JSON.parse(manifest.toString()) as Record<'config', { digest: string }> &
    Record<'layers', { digest: string }[]>;
  for (const { digest } of [config, ...layers]) registry.add(OCI.layer, await pull(`blobs/${digest}`));
  registry.add(OCI.manifest, manifest, tag);
}
