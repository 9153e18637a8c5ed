import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildRequest, type BuildResult, build } from '../../../layers/builder/build.ts';
import { BuildPlan } from '../../../layers/builder/plan.ts';
import { unpackSource } from '../../../layers/builder/source.ts';
import { patience } from '../../patience.ts';
import { AUTHORIZATION, archiveFolder, type TestRegistry } from './peers.ts';

interface Built extends BuildResult {
  readonly plan: BuildPlan;
  readonly lines: string[];
}

export async function buildApp(
  app: string,
  registry: TestRegistry,
  scratch: string,
  more: Partial<BuildRequest> = {},
): Promise<Built> {
  const [lines, archive] = [[] as string[], join(scratch, 'source.tar.gz')];
  await mkdir(scratch, { recursive: true });
  await archiveFolder(app, archive);
  const result = await build({
    archive,
    scratch,
    sourceRoot: '',
    settings: { installCommand: null, buildCommand: null },
    variables: {},
    engine: 'process',
    repository: { uri: `${registry.host}/apps/hello`, authorization: AUTHORIZATION },
    environment: process.env,
    timeoutMs: patience(20_000),
    signal: new AbortController().signal,
    print: (line) => lines.push(line),
    ...more,
  });
  return { ...result, plan: BuildPlan.parse(result.plan), lines };
}

interface Pushed {
  readonly config: {
    config: Record<string, unknown> & { Cmd: string[]; Env: string[]; Labels: Record<string, string> };
    rootfs: { diff_ids: string[] };
  };
  readonly layers: readonly string[];
}

export function pushed(registry: TestRegistry, digest: string): Pushed {
  const manifest = JSON.parse(String(registry.manifests.get(digest))) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  const config = JSON.parse(String(registry.blobs.get(manifest.config.digest))) as Pushed['config'];
  return { config, layers: manifest.layers.map((layer) => layer.digest) };
}

/** Unpacks an image's layers in order, as a node does. Returns the app's folder. */
export async function materialize(registry: TestRegistry, digest: string, folder: string): Promise<string> {
  await mkdir(folder);
  for (const [index, layer] of pushed(registry, digest).layers.entries()) {
    const file = join(folder, `${index}.tar.gz`);
    await writeFile(file, registry.blobs.get(layer) ?? '');
    await unpackSource(file, folder);
  }
  return join(folder, 'app');
}

/**
 * Starts an image's command with its variables on a free port, until the scope ends; `exit` is the exit after SIGTERM.
 */
export async function start(folder: string, command: readonly string[], variables: readonly string[] = [], port = '0') {
  const [program = '', ...args] = command;
  const pairs = variables.map((variable) => /^(\w+)=(.*)$/s.exec(variable)?.slice(1, 3) ?? []);
  const { PATH = '/usr/bin:/bin', ...own } = Object.fromEntries(pairs) as Record<string, string>;
  const path = `${dirname(process.execPath)}:${PATH.replaceAll('/app/', `${folder}/`)}`;
  const env = { ...own, PORT: port, PATH: path };
  const child = spawn(program, args, { cwd: folder, env });
  const exited = new Promise<number | null>((done) => child.on('exit', (code) => done(code)));
  const answered = await new Promise<string>((done, fail) => {
    child.stdout.on('data', (chunk) => {
      const found = /port (\d+)|listening on (\d+)/.exec(String(chunk));
      if (found) done(found[1] ?? found[2] ?? '');
    });
    child.stderr.on('data', (chunk) => fail(new Error(String(chunk))));
  });
  const stop = () => {
    child.kill('SIGTERM');
    return exited;
  };
  return { url: `http://127.0.0.1:${answered}`, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** Whether npm reaches its registry from here. If not, tests that install packages are reported as not run. */
export async function registryAnswers(): Promise<boolean> {
  const npm = spawn('npm', ['ping', '--fetch-timeout', '3000', '--fetch-retries', '0'], { stdio: 'ignore' });
  return new Promise((done) => npm.on('error', () => done(false)).on('exit', (code) => done(code === 0)));
}
