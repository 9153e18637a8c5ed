import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { ARCHITECTURE } from '../../../layers/builder/oci/image.ts';
import { AUTHORIZATION, archiveFolder, listen, startRegistry, temporaryFolder } from './peers.ts';
import { OCI, startSource } from './source-images.ts';

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

/**
 * Runs the bundled program in `cwd` with `variables`. `onOutput` receives all output so far, to stop the program at a
 * certain moment.
 */
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
      AWS_ACCESS_KEY_ID: 'PROJECT',
      AWS_SECRET_ACCESS_KEY: 's3cret',
      AWS_SESSION_TOKEN: 's3cret-too',
      BUILD_TICKET: 'a-t1cket',
      CODEBUILD_BUILD_ID: 'builds:one',
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
  expect(output).not.toMatch(/s3cret|t1cket|^\s+at /m);
  return { code, lines: output.trimEnd().split('\n') };
}

interface Order {
  readonly source: object;
  readonly variables: Readonly<Record<string, string>>;
  readonly [more: string]: unknown;
}

/**
 * The builder's three calls of AWS. It gets its order from a Lambda function, with the project's credentials. It gets a
 * source from S3 and a token from ECR, with the order's credentials.
 */
async function startAws(archive: string, answer: () => { order?: Order; refusal?: string }) {
  const calls: string[] = [];
  const server = await listen(async (request, response) => {
    const [, signer = ''] = /Credential=(\w+)\//.exec(request.headers.authorization ?? '') ?? [];
    const json = (body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', ...headers }).end(JSON.stringify(body));
    if (request.url === '/2015-03-31/functions/claims/invocations') {
      calls.push(`${signer} ${await text(request)}`);
      const { order, refusal } = answer();
      if (refusal === undefined) return json(order);
      const errorMessage = JSON.stringify({ detail: refusal, lines: [] });
      return json({ errorType: 'Conflict', errorMessage, trace: [] }, { 'x-amz-function-error': 'Unhandled' });
    }
    if (request.headers['x-amz-target']?.toString().endsWith('.GetAuthorizationToken')) {
      calls.push(`${signer} token`);
      return json({ authorizationData: [{ authorizationToken: AUTHORIZATION.replace('Basic ', '') }] });
    }
    calls.push(`${signer} source`);
    if (request.url?.startsWith('/uploads/team/app.tar.gz?')) return response.end(await readFile(archive));
    const body = '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>';
    return response.writeHead(404, { 'content-type': 'application/xml' }).end(body);
  });
  return { ...server, calls };
}

async function arrange(folder: string, app: string, registryHost: string) {
  const archive = join(folder, 'app.tar.gz');
  await archiveFolder(app, archive);
  const sha256 = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex');
  const answer: { order: Order; refusal?: string } = {
    order: {
      source: { kind: 'archive', uri: 's3://uploads/team/app.tar.gz', sha256, rootFolder: '' },
      service: { name: 'hello', kind: 'web' },
      installCommand: null,
      buildCommand: null,
      repositoryUri: `${registryHost}/apps/hello`,
      cacheRepositoryUri: `${registryHost}/cache`,
      variables: {},
      secrets: [],
      credentials: { accessKeyId: 'ORDER', secretAccessKey: 'order-s3cret', sessionToken: 'order-s3cret-too' },
      privateSources: true,
    },
  };
  const aws = await startAws(archive, () => answer);
  const variables = {
    AWS_ENDPOINT_URL: `http://${aws.host}`,
    DEPLOYMENT_ID: 'dpl_1',
    CLAIM_FUNCTION: 'claims',
    BUILD_ENGINE: 'process',
  };
  const change = (more: Partial<Order>) => {
    answer.order = { ...answer.order, ...more };
  };
  const refuse = (detail: string) => {
    answer.refusal = detail;
  };
  return { variables, change, refuse, calls: aws.calls, [Symbol.asyncDispose]: () => aws[Symbol.asyncDispose]() };
}

/** An app whose build prints the output of a shell command. */
async function appThatRuns(folder: string, command: string): Promise<string> {
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'server.js'), '');
  await writeFile(join(app, 'gantry.json'), JSON.stringify({ build: { build: command } }));
  return app;
}

describe('the builder as CodeBuild runs it', () => {
  it('fetches the source, pushes an image and leaves its digest and plan in result.json', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', registry.host);
    const { code, lines } = await run(folder.path, given.variables);
    expect([code, lines[0]]).toEqual([0, 'Building deployment dpl_1']);
    const result = JSON.parse(await readFile(join(folder.path, 'result.json'), 'utf8')) as {
      imageDigest: string;
      report: { plan: { decisions: object[] } };
    };
    expect([...registry.manifests.keys()]).toEqual([result.imageDigest]);
    const expected = JSON.parse(await readFile('test/fixtures/apps/static-site/test.json', 'utf8')) as object;
    const report = { plan: { decisions: expect.anything(), notes: [] } };
    expect(result).toEqual({ imageDigest: result.imageDigest, ...expected, report });
    expect(result.report.plan.decisions).toContainEqual({
      ...{ part: 'provider', value: 'static', source: 'public/index.html', insteadOf: null },
    });
  });

  it('exits with 1 and one clear line if the app cannot be built', async () => {
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

  it("claims its order once with the ticket and the project's credentials, and then uses the order's credentials", async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    const app = await appThatRuns(folder.path, 'env; echo "commands run"');
    await using given = await arrange(folder.path, app, registry.host);
    given.change({ variables: { GREETING: 'hello', AWS_REGION: 'of-the-app', PATH: '/nowhere', HOME: '/nowhere' } });
    const { code, lines } = await run(folder.path, given.variables);
    expect(code).toBe(0);
    const claim = /^PROJECT \{"deploymentId":"dpl_1","ticket":"a-t1cket","claimant":"builds:one"\}$/;
    expect(given.calls).toEqual([expect.stringMatching(claim), 'ORDER token', 'ORDER source']);
    expect(lines).toEqual(expect.arrayContaining(['GREETING=hello', 'AWS_REGION=of-the-app', 'commands run']));
    expect(lines.filter((line) => /^(AWS_|BUILD_|CLAIM_|PATH=\/nowhere|HOME=\/nowhere)/.test(line))).toEqual([
      'AWS_REGION=of-the-app',
    ]);
  });

  it('copies an image instead of building, and downloads no source', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    await using source = await startSource();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', registry.host);
    const { digest } = source.image(ARCHITECTURE, OCI, { tag: '1.0' });
    given.change({ source: { kind: 'image', reference: `${source.host}/team/app:1.0` } });
    const { code } = await run(folder.path, given.variables);
    const result: unknown = JSON.parse(await readFile(join(folder.path, 'result.json'), 'utf8'));
    expect([code, result]).toEqual([0, expect.objectContaining({ imageDigest: digest })]);
    expect(result).toMatchObject({ plan: { provider: 'image' }, report: { plan: { notes: [] } } });
    expect(given.calls.slice(1)).toEqual(['ORDER token']);
    given.change({ privateSources: false });
    const refused = await run(folder.path, given.variables);
    expect([refused.code, refused.lines.at(-1)]).toEqual([
      1,
      expect.stringMatching(/^error: cannot copy .* is at a private or reserved address/),
    ]);
  });

  it("exits with 2 and the platform's message if the platform refuses its claim", async () => {
    await using folder = await temporaryFolder();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', '127.0.0.1:1');
    given.refuse('The ticket of dpl_1 was used already.');
    const { code, lines } = await run(folder.path, given.variables);
    expect([code, lines]).toEqual([
      2,
      [
        'Building deployment dpl_1',
        'error: the platform gave this build no order: The ticket of dpl_1 was used already.',
      ],
    ]);
  });

  it('exits with 2 and names the field if the order is not valid', async () => {
    await using folder = await temporaryFolder();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', '127.0.0.1:1');
    given.change({ source: { kind: 'archive', uri: 'https://example.com/app', sha256: null, rootFolder: '' } });
    const { code, lines } = await run(folder.path, given.variables);
    expect([code, lines.at(-1)]).toEqual([2, 'error: internal: claims gave an order that is not valid: source.uri']);
  });

  it.each([
    ['CLAIM_FUNCTION', '', 'the environment variable CLAIM_FUNCTION is not set'],
    ['BUILD_TIMEOUT_MINUTES', '90', 'the environment variable BUILD_TIMEOUT_MINUTES is not valid'],
  ])('exits with 1 and names the variable if %s is %j', async (name, value, message) => {
    await using folder = await temporaryFolder();
    const { code, lines } = await run(folder.path, {
      ...{ DEPLOYMENT_ID: 'dpl_1', CODEBUILD_BUILD_ID: 'builds:one' },
      ...{ CLAIM_FUNCTION: 'claims', BUILD_ENGINE: 'process' },
      [name]: value,
    });
    expect([code, lines.at(-1)]).toEqual([1, expect.stringContaining(`error: ${message}`)]);
  });

  it('exits with 1 if the archive is not the one that was deployed', async () => {
    await using folder = await temporaryFolder();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', '127.0.0.1:1');
    const sha256 = 'f'.repeat(64);
    given.change({ source: { kind: 'archive', uri: 's3://uploads/team/app.tar.gz', sha256, rootFolder: '' } });
    const { code, lines } = await run(folder.path, given.variables);
    const message = 'the archive of the source is not the one that was deployed; deploy the source again';
    expect([code, lines.at(-1)]).toEqual([1, `error: ${message}`]);
  });

  it('exits with 1 if the root folder is not in the source', async () => {
    await using folder = await temporaryFolder();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', '127.0.0.1:1');
    given.change({
      source: { kind: 'archive', uri: 's3://uploads/team/app.tar.gz', sha256: null, rootFolder: 'apps/web' },
    });
    const { code, lines } = await run(folder.path, given.variables);
    const message = 'the root folder "apps/web" is not a folder of the source; check its name and case';
    expect([code, lines.at(-1)]).toEqual([1, `error: ${message}`]);
  });

  it('exits with 2, without a stack trace, if a system below it fails', async () => {
    await using folder = await temporaryFolder();
    await using given = await arrange(folder.path, 'test/fixtures/apps/static-site', '127.0.0.1:1');
    const registry = await run(folder.path, given.variables);
    expect([registry.code, registry.lines.at(-1)]).toEqual([
      2,
      expect.stringMatching(/^error: internal: .*127\.0\.0\.1:1/),
    ]);
    given.change({ source: { kind: 'archive', uri: 's3://uploads/gone', sha256: null, rootFolder: '' } });
    const gone = await run(folder.path, given.variables);
    expect([gone.code, gone.lines.at(-1)]).toEqual([2, 'error: internal: The specified key does not exist.']);
  });

  it('masks sealed values in the output of commands, in errors and in result.json', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    const script = 'printf %s "$TOKEN"; echo; echo "$KEY"; printf ":%s" "$TOKEN" | base64; exit 3 # hunter2-hunter2';
    const app = await appThatRuns(folder.path, script);
    await using given = await arrange(folder.path, app, registry.host);
    const [token, key] = ['hunter2-hunter2', '--- BEGIN ---\nabcdefgh\n--- END ---'];
    given.change({ variables: { TOKEN: token, KEY: key, SHOWN: 'open' }, secrets: [token, key] });
    const { code, lines } = await run(folder.path, given.variables);
    expect([code, lines.at(-1)]).toEqual([1, expect.stringMatching(/^error: ".*# \*\*\*" failed with exit code 3$/)]);
    const result = await readFile(join(folder.path, 'result.json'), 'utf8');
    for (const text of [lines.join('\n'), result]) {
      expect(text).not.toMatch(/hunter2|abcdefgh|BEGIN|aHVudGVy|h1bnRlcjI/);
      expect(text).toContain('***');
    }
  });

  it('leaves nothing behind when it is stopped', async () => {
    await using folder = await temporaryFolder();
    await using registry = await startRegistry();
    const app = await appThatRuns(folder.path, 'echo begun; sleep 300');
    await using given = await arrange(folder.path, app, registry.host);
    const { code, lines } = await run(folder.path, given.variables, (output, stop) => {
      if (output.includes('begun\n')) stop();
    });
    expect([code, lines.at(-1)]).toEqual([1, 'error: the build was stopped']);
    expect(registry.requests).toEqual([]);
  });
});
