import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildReport } from '@gantry/wiring/build.ts';
import { describe, expect, it } from '@jest/globals';
import { type BuildRequest, build } from '../../../layers/builder/build.ts';
import { reportOf } from '../../../layers/builder/report.ts';
import { patience } from '../../patience.ts';
import { AUTHORIZATION, archiveFolder, digestOf, startRegistry, type TestRegistry, temporaryFolder } from './peers.ts';

/** Puts an image into a registry as BuildKit would have pushed it, and answers its digest. */
function place(registry: TestRegistry, config: object, layerSize = 5): string {
  const put = (held: Map<string, Buffer>, content: object) => {
    const bytes = Buffer.from(JSON.stringify(content));
    held.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const described = put(registry.blobs, { os: 'linux', architecture: 'arm64', config });
  const layer = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: digestOf(Buffer.from('layer')),
    size: layerSize,
  };
  const types = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json' };
  return put(registry.manifests, {
    ...types,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...described },
    layers: [layer],
  }).digest;
}

/**
 * Builds `files` with a stand-in for the command `docker`. The stand-in records its input and reports that it pushed
 * `digest`.
 */
async function buildFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  registry: TestRegistry,
  digest: string,
  refusing = 'nobody',
) {
  const [bin, app, scratch] = [join(folder, 'bin'), join(folder, 'app'), join(folder, 'scratch')];
  for (const each of [bin, app, scratch]) await mkdir(each);
  const docker = [
    '#!/bin/sh',
    `echo "$@" >>${join(folder, 'arguments')}`,
    `case "$*" in "pull --quiet ${refusing}"*) exit 1;; esac`,
    'case "$1 $2" in "buildx build") ;; *) exit 0;; esac',
    `env >${join(folder, 'environment')}`,
    'while [ "$1" != --metadata-file ]; do [ "$1" != --file ] || cat "$2"; shift; done',
    `echo '{"containerimage.digest":"${digest}"}' >"$2"`,
  ];
  await writeFile(join(bin, 'docker'), docker.join('\n'));
  await chmod(join(bin, 'docker'), 0o755);
  for (const [name, content] of Object.entries(files)) await writeFile(join(app, name), content);
  await archiveFolder(app, join(folder, 'app.tar.gz'));
  const lines: string[] = [];
  const request: BuildRequest = {
    archive: join(folder, 'app.tar.gz'),
    scratch,
    sourceRoot: '',
    settings: { installCommand: 'npm ci', buildCommand: null },
    variables: { API_KEY: 'a-value', PATH: '/of/the/app' },
    engine: 'buildx',
    repository: { uri: `${registry.host}/apps/hello`, authorization: AUTHORIZATION },
    environment: { PATH: `${bin}:${process.env.PATH}`, AWS_SECRET_ACCESS_KEY: 's3cret' },
    timeoutMs: patience(10_000),
    signal: new AbortController().signal,
    print: (line) => lines.push(line),
  };
  const result = await build(request);
  const noted = (name: string) => readFile(join(folder, name), 'utf8');
  return { ...result, lines, arguments: await noted('arguments'), environment: await noted('environment') };
}

describe('a build with BuildKit', () => {
  it("of the app's own Dockerfile describes the image in the result, and warns in the log if the cluster would refuse it", async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const digest = place(registry, { Entrypoint: ['/app'], Cmd: ['serve'], ExposedPorts: { '9000/tcp': {} } });
    const built = await buildFiles(
      folder.path,
      { Dockerfile: 'FROM scratch\n', 'package.json': '{}' },
      registry,
      digest,
    );
    expect(built).toMatchObject({
      imageDigest: digest,
      plan: { provider: 'dockerfile', source: 'Dockerfile', command: ['/app', 'serve'], port: 9000, user: '' },
    });
    expect(built.lines).toEqual(
      expect.arrayContaining([
        'Plan: dockerfile, Dockerfile',
        'FROM scratch',
        expect.stringMatching(/^Note: the service's install and build commands are not used/),
        expect.stringMatching(/^Warning: the image runs as root, and the cluster will refuse to start it/),
      ]),
    );
  });

  it("of the app's own Dockerfile takes the stage, the arguments and the service's settings from gantry.json, and names settings without effect", async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const digest = place(registry, { User: '1000', ExposedPorts: { '9000/tcp': {} } });
    const config = {
      ...{ port: 4000, health: '/healthz', release: './migrate', watchPaths: ['web/**'], start: './serve' },
      build: { target: 'web', arguments: { MODE: 'fast & $(id)' }, test: 'make test' },
    };
    const files = { Dockerfile: 'FROM scratch AS web\nEXPOSE 9000\n', 'gantry.json': JSON.stringify(config) };
    const built = await buildFiles(folder.path, files, registry, digest);
    expect(built.arguments).toContain('--build-arg MODE=fast & $(id) --target web ');
    expect(built.lines).toEqual(
      expect.arrayContaining([
        'Plan: dockerfile, Dockerfile, stage web',
        'Note: start, build.test of gantry.json is not used; Dockerfile builds the app',
        'Release command: ./migrate (gantry.json > release), unless the service has one of its own',
        'Watch paths: web/** (gantry.json > watchPaths), unless the service has one of its own',
      ]),
    );
    const settings = { port: 4000, healthPath: '/healthz', releaseCommand: './migrate', watchPaths: ['web/**'] };
    expect(BuildReport.parse(reportOf(built.plan))).toMatchObject(settings);
  });

  it('passes variables as secrets in its environment, and neither variables nor credentials as arguments', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const digest = place(registry, { User: '1000' });
    const built = await buildFiles(folder.path, { 'package.json': '{}', 'server.js': '' }, registry, digest);
    expect(built.arguments).toContain('--secret id=API_KEY,env=GANTRY_SECRET_API_KEY');
    // Every build has the same BuildKit. Nothing comes from Docker Hub, which limits pulls without an account.
    expect(built.arguments).toMatch(
      /--driver docker-container --driver-opt memory=\d+ --driver-opt image=public\.ecr\.aws\/\S+@sha256:[0-9a-f]{64}\n/,
    );
    expect(built.arguments).not.toMatch(/a-value|a-password/);
    expect(built.environment).toContain('GANTRY_SECRET_API_KEY=a-value');
    expect(built.environment).not.toMatch(/s3cret|of\/the\/app/);
    expect(built.lines).toContain(
      'RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=API_KEY,env=API_KEY ["sh","-c","npm ci"]',
    );
  });

  it('pulls the same BuildKit from another repository if the first fails', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const digest = place(registry, { User: '1000' });
    const files = { 'package.json': '{}', 'server.js': '' };
    const built = await buildFiles(folder.path, files, registry, digest, 'public.ecr.aws');
    const [, pulled, image] =
      /pull --quiet public\S+@(\S+)\n[\s\S]*--driver-opt image=(\S+)\n/.exec(built.arguments) ?? [];
    expect(image).toMatch(new RegExp(`^mirror\\.gcr\\.io/.*@${pulled}$`));
    expect(built.lines.join('\n')).toContain('Could not pull BuildKit from public.ecr.aws/vend/moby/buildkit');
  });

  it('fails if the image is too large for a node', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const digest = place(registry, { User: '1000' }, 5 * 1024 ** 3);
    await expect(buildFiles(folder.path, { Dockerfile: 'FROM scratch\n' }, registry, digest)).rejects.toThrow(
      'the image is larger than 4096.0 MB; remove files that the app does not need from the image',
    );
  });
});
