import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { AUTHORIZATION, archiveFolder, listen, startRegistry, temporaryFolder } from './peers.ts';

let bundle: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  bundle = await temporaryFolder();
  buildSync({
    entryPoints: ['layers/builder/main.ts'],
    outfile: join(bundle.path, 'main.mjs'),
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
});
afterAll(async () => bundle[Symbol.asyncDispose]());

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** Runs the bundled program in `cwd` with `variables`; calls `onOutput` with all output so far, to stop it at a moment. */
async function run(
  cwd: string,
  variables: Readonly<Record<string, string>>,
  onOutput: (output: string, stop: () => void) => void = () => undefined,
): Promise<Ended> {
  await mkdir(join(cwd, 'tmp'), { recursive: true });
  const child = spawn(process.execPath, [join(bundle.path, 'main.mjs')], {
    cwd,
    env: {
      PATH: process.env.PATH ?? '',
      TMPDIR: join(cwd, 'tmp'),
      AWS_REGION: 'xx-test-1',
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: 's3cret',
      ...variables,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
      onOutput(output, () => child.kill('SIGTERM'));
    });
  }
  const code = await new Promise<number | null>((done) => child.on('close', done));
  expect(await readdir(join(cwd, 'tmp'))).toEqual([]);
  expect(output).not.toMatch(/s3cret|^\s+at /m);
  return { code, lines: output.trimEnd().split('\n') };
}

/** The two calls of AWS that the builder makes: a source from S3, and a token from ECR. */
async function startAws(archive: string) {
  return listen(async (request, response) => {
    if (request.headers['x-amz-target']?.toString().endsWith('.GetAuthorizationToken')) {
      const authorizationData = [{ authorizationToken: AUTHORIZATION.replace('Basic ', '') }];
      return response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ authorizationData }));
    }
    if (request.url?.startsWith('/uploads/team/app.tar.gz?')) return response.end(await readFile(archive));
    const body = '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>';
    return response.writeHead(404, { 'content-type': 'application/xml' }).end(body);
  });
}

async function arrange(folder: string, app: string, registryHost: string) {
  const archive = join(folder, 'app.tar.gz');
  await archiveFolder(app, archive);
  const aws = await startAws(archive);
  const variables = {
    AWS_ENDPOINT_URL: `http://${aws.host}`,
    SOURCE_URI: 's3://uploads/team/app.tar.gz',
    SOURCE_ROOT: '',
    REPOSITORY_URI: `${registryHost}/apps/hello`,
    DEPLOYMENT_ID: 'dpl_1',
    BUILD_ENGINE: 'process',
  };
  return { variables, [Symbol.asyncDispose]: () => aws[Symbol.asyncDispose]() };
}

describe('the builder as CodeBuild runs it', () => {
  it('fetches the source, pushes an image and leaves its digest and plan in result.json', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', registry.host);
    const { code, lines } = await run(folder.path, given.variables);
    expect([code, lines[0]]).toEqual([0, 'Building deployment dpl_1']);
    const result = JSON.parse(await readFile(join(folder.path, 'result.json'), 'utf8')) as { imageDigest: string };
    expect([...registry.manifests.keys()]).toEqual([result.imageDigest]);
    const expected = JSON.parse(await readFile('test/fixtures/apps/static-site/test.json', 'utf8')) as object;
    expect(result).toEqual({ imageDigest: result.imageDigest, ...expected });
  });

  it('ends with 1 and one clear line where the app cannot be built', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    await using given = await arrange(folder.path, 'test/fixtures/apps/node-build-fails', registry.host);
    const { code, lines } = await run(folder.path, given.variables);
    expect([code, lines.at(-1)]).toEqual([1, 'error: "npm run build" failed with exit code 3']);
    const result = JSON.parse(await readFile(join(folder.path, 'result.json'), 'utf8')) as {
      error: { lines: string[] };
    };
    expect(result.error.lines).toContain('build.js: cannot find the module "./missing"');
  });

  it.each([
    ['SOURCE_URI', '', 'the environment variable SOURCE_URI is not set'],
    [
      'SOURCE_URI',
      'https://example.com',
      'the environment variable SOURCE_URI is not valid: expected s3://<bucket>/<key>',
    ],
    [
      'REPOSITORY_URI',
      'hello',
      'the environment variable REPOSITORY_URI is not valid: expected <registry host>/<repository>',
    ],
    ['SOURCE_ROOT', 'apps/web', 'the root folder "apps/web" is not a folder of the source; check its name and case'],
  ])('ends with 1 and names the variable where %s is %j', async (name, value, message) => {
    await using folder = await temporaryFolder();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', '127.0.0.1:1');
    const { code, lines } = await run(folder.path, { ...given.variables, [name]: value });
    expect([code, lines.at(-1)]).toEqual([1, `error: ${message}`]);
  });

  it('ends with 2, without a stack trace, where what it stands on fails', async () => {
    await using folder = await temporaryFolder();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', '127.0.0.1:1');
    const gone = await run(folder.path, { ...given.variables, SOURCE_URI: 's3://uploads/gone' });
    expect([gone.code, gone.lines.at(-1)]).toEqual([2, 'error: internal: The specified key does not exist.']);
    const registry = await run(folder.path, given.variables);
    expect([registry.code, registry.lines.at(-1)]).toEqual([
      2,
      expect.stringMatching(/^error: internal: .*127\.0\.0\.1:1/),
    ]);
  });

  it('leaves nothing behind when it is stopped', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    const app = join(folder.path, 'app');
    await mkdir(app);
    await writeFile(join(app, 'server.js'), '');
    await writeFile(join(app, 'gantry.json'), '{ "build": { "build": "echo begun; sleep 300" } }');
    await using given = await arrange(folder.path, app, registry.host);
    const { code, lines } = await run(folder.path, given.variables, (output, stop) => {
      if (output.includes('begun\n')) stop();
    });
    expect([code, lines.at(-1)]).toEqual([1, 'error: the build was stopped']);
    expect(registry.requests).toEqual([]);
  });
});
