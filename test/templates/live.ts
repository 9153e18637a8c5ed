import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from '../../layers/builder/build.ts';
import { errorMessage } from '../../layers/builder/build-error.ts';
import { BuildPlan } from '../../layers/builder/plan.ts';
import { materialize, pushed } from '../layers/builder/images.ts';
import { AUTHORIZATION, startRegistry } from '../layers/builder/peers.ts';
import { patience } from '../patience.ts';
import type { Template } from './sources.ts';

const run = promisify(execFile);
const COMMAND_MS = patience(300_000);
const START_MS = patience(30_000);
const TAIL = 15;
/** Requests a page as a browser does, by a host name of the kind that the platform on one machine gives to apps. */
const HEADERS = { accept: 'text/html', host: 'web-production-templates.localhost' };

/** The result of a template. */
export interface Outcome {
  readonly plan: BuildPlan | undefined;
  /** Why it is not live; undefined if each of its paths answered 200. */
  readonly failure: string | undefined;
}

/** Puts a template into `folder/app`: from its generator, from the copy of its repository (`<copies>/<owner>/<name>.git`), or from a fetch. */
export async function obtain({ source }: Template, folder: string, copies: string | undefined): Promise<void> {
  const app = join(folder, 'app');
  if ('generator' in source) {
    const env = { ...process.env, CI: '1', NG_CLI_ANALYTICS: 'false', NEXT_TELEMETRY_DISABLED: '1' };
    await run('sh', ['-c', `${source.command} < /dev/null`], { cwd: folder, env, timeout: COMMAND_MS });
    return;
  }
  const { repository, ref = 'HEAD', folder: part = '.' } = source;
  const given = copies === undefined ? undefined : join(copies, `${repository}.git`);
  const copy = given ?? join(folder, 'repository');
  if (given === undefined) {
    const address = `https://github.com/${repository}.git`;
    await run('git', ['init', '--quiet', copy]);
    await run('git', ['-C', copy, 'fetch', '--quiet', '--depth', '1', address, ref], { timeout: COMMAND_MS });
  }
  await mkdir(app);
  const archive = join(folder, 'template.tar');
  const tree = given === undefined ? 'FETCH_HEAD' : ref;
  await run('git', ['-C', copy, 'archive', '--output', archive, part === '.' ? tree : `${tree}:${part}`]);
  await run('tar', ['-xf', archive, '-C', app]);
}

/** Builds `folder/app` as the platform on one machine does, starts its image's command and sends requests to it. */
export async function deploy(
  { paths }: Template,
  folder: string,
  cacheDir: string,
  log: (line: string) => void,
): Promise<Outcome> {
  await using registry = await startRegistry();
  const scratch = join(folder, 'build');
  await mkdir(scratch);
  const archive = join(scratch, 'source.tar.gz');
  const left = ['.git', 'node_modules'].map((name) => `--exclude=./${name}`);
  await run('tar', ['-czf', archive, ...left, '-C', join(folder, 'app'), '.']);
  let plan: BuildPlan | undefined;
  try {
    const built = await build({
      archive,
      scratch,
      cacheDir,
      sourceRoot: '',
      settings: { installCommand: null, buildCommand: null },
      variables: {},
      engine: 'process',
      repository: { uri: `${registry.host}/apps/hello`, authorization: AUTHORIZATION },
      environment: process.env,
      timeoutMs: COMMAND_MS,
      signal: new AbortController().signal,
      print: log,
    });
    plan = BuildPlan.parse(built.plan);
    const app = await materialize(registry, built.imageDigest, join(folder, 'node'));
    const { Cmd, Env } = pushed(registry, built.imageDigest).config.config;
    const port = plan.settings?.port ?? (await freePort());
    return { plan, failure: await ask({ cwd: join(app, plan.folder), app, port }, Cmd, Env, paths, log) };
  } catch (error) {
    return { plan, failure: errorMessage(error) };
  }
}

/**
 * Runs an image's command until each path has answered. Sends the requests to another loopback address than the first, like the address of a pod: an
 * app that listens only on `localhost` does not answer there.
 */
async function ask(
  { cwd, app, port }: { readonly cwd: string; readonly app: string; readonly port: number },
  [program = '', ...args]: readonly string[],
  variables: readonly string[],
  paths: readonly string[],
  log: (line: string) => void,
): Promise<string | undefined> {
  const given = Object.fromEntries(variables.map((each) => /^(\w+)=(.*)$/s.exec(each)?.slice(1, 3) ?? []));
  const { PATH = '/usr/bin:/bin', ...own } = given as Record<string, string>;
  const path = `${dirname(process.execPath)}:${PATH.replaceAll('/app/', `${app}/`)}`;
  const env = { ...own, HOME: cwd, PORT: String(port), PATH: path, KUBERNETES_SERVICE_HOST: '127.0.0.1' };
  const child = spawn(program, args, { cwd, env, detached: true });
  const tail: string[] = [];
  let ended = false;
  child.on('exit', () => {
    ended = true;
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      for (const line of String(chunk).trimEnd().split('\n')) tail.push(line);
      tail.splice(0, tail.length - TAIL);
    });
  try {
    const statuses: string[] = [];
    for (const each of paths)
      statuses.push(`${each} ${await statusOf(`http://127.0.0.2:${port}${each}`, () => ended)}`);
    const refused = statuses.filter((each) => !each.endsWith(' 200'));
    if (refused.length === 0) return undefined;
    for (const line of tail) log(line);
    return `${ended ? 'it ended by itself; ' : ''}${refused.join(', ')}`;
  } finally {
    if (child.pid !== undefined && !ended) process.kill(-child.pid, 'SIGKILL');
  }
}

async function statusOf(url: string, hasEnded: () => boolean): Promise<number | string> {
  const until = Date.now() + START_MS;
  for (;;) {
    try {
      const asked = get(url, { headers: HEADERS, signal: AbortSignal.timeout(START_MS) });
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode ?? 0;
    } catch {
      if (hasEnded() || Date.now() > until) return 'no answer';
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
