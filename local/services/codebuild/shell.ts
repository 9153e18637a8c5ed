import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { launch } from '../../kernel/launcher.ts';
import type { Buildspec } from './buildspec.ts';
import { killBuild, killGroup, markProcess, type ProcessMark } from './process.ts';
import { toScripts } from './script.ts';

/** The events of a build's shell. */
export interface ShellEvents {
  spawned(mark: ProcessMark): void;
  output(chunk: string): void;
  /** True while the reader cannot keep up: the shell's output waits. */
  congested(): boolean;
  phase(event: 'begin' | 'end' | 'failed', phase: string, exitCode: number, command: number): void;
}

export interface ShellEnd {
  readonly exitCode: number | null;
  readonly exported: Readonly<Record<string, string>>;
}

/** A process that escaped every kill may hold the output open; the build waits no longer than this for it. */
const LINGER_MS = 2_000;

/** Variables of this machine for builds: without them a build lacks the network, or the operator's mirrors of package registries. */
const PASSED = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'npm_config_registry',
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_CERT',
  'UV_DEFAULT_INDEX',
  'GOPROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'LANG',
];

/** The clean environment of a build: its own HOME and TMPDIR, this machine's PATH with this Node in front. */
export function cleanEnvironment(scratch: string): Readonly<Record<string, string>> {
  const passed = PASSED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    HOME: join(scratch, 'home'),
    TMPDIR: join(scratch, 'tmp'),
  };
}

/**
 * Runs a buildspec in one shell (bash, else sh) with its own process group. Aborting kills the group. When it resolves, nothing of the group is left.
 */
export async function runShell(
  buildspec: Buildspec,
  scratch: string,
  env: Readonly<Record<string, string>>,
  events: ShellEvents,
  signal: AbortSignal,
): Promise<ShellEnd> {
  const environmentFile = join(scratch, 'environment');
  const scripts = toScripts(buildspec, join(scratch, 'last.sh'), environmentFile);
  await Promise.all([
    writeFile(join(scratch, 'main.sh'), scripts.main),
    writeFile(join(scratch, 'last.sh'), scripts.last),
    mkdir(join(scratch, 'home'), { recursive: true }),
    mkdir(join(scratch, 'tmp'), { recursive: true }),
  ]);
  signal.throwIfAborted();
  const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
  const { pid, streams, ended } = await launch({
    file: shell,
    args: [join(scratch, 'main.sh')],
    cwd: join(scratch, 'src'),
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const mark = markProcess(pid);
  const kill = () => {
    killBuild(mark, `CODEBUILD_BUILD_ID=${env.CODEBUILD_BUILD_ID}`);
    killGroup(pid);
  };
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  if (mark !== undefined) events.spawned(mark);
  const [, stdout, stderr, progress] = streams as unknown as readonly [null, Readable, Readable, Readable];
  const read = [stdout, stderr].map((stream) => drain(stream, events));
  const reported = report(progress, events);
  try {
    const { code: exitCode } = await ended;
    kill();
    const lingering = setTimeout(() => {
      for (const stream of [stdout, stderr, progress]) stream.destroy();
    }, LINGER_MS);
    await Promise.allSettled([...read, reported]);
    clearTimeout(lingering);
    return { exitCode, exported: await exportedVariables(buildspec, environmentFile) };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

async function drain(stream: Readable, events: ShellEvents): Promise<void> {
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    events.output(String(chunk));
    while (events.congested()) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function report(stream: Readable, events: ShellEvents): Promise<void> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [event = '', phase = '', exitCode = '0', command = '0'] = line.split(' ');
      if (event === 'begin' || event === 'end' || event === 'failed') {
        events.phase(event, phase, Number(exitCode), Number(command));
      }
    }
  }
}

async function exportedVariables(buildspec: Buildspec, file: string): Promise<Readonly<Record<string, string>>> {
  if (buildspec.exportedVariables.length === 0 || !existsSync(file)) return {};
  const pairs = (await readFile(file, 'utf8')).split('\0').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => buildspec.exportedVariables.includes(name)));
}
