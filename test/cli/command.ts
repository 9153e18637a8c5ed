import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleCommand } from '@gantry/cli/bundle.ts';
import { patience } from '../patience.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A running command, and its output so far. */
export type Running = ChildProcess & { readonly said: () => string };

/** The published command, with its own home. */
export interface Bed {
  /** A folder for this test file, removed with it. */
  readonly root: string;
  readonly config: string;
  readonly program: string;
  /** A new folder with these files. */
  folder(name: string, files: Readonly<Record<string, string>>): string;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Starts the command and does not wait for its end. */
  start(args: readonly string[], options?: RunOptions): Running;
  /** Starts it at a pseudo-terminal whose user types the text written to its stdin. stdout and stderr are one. */
  startAtTerminal(args: readonly string[], options?: RunOptions): Running;
  /** Runs it at a pseudo-terminal, whose user types nothing. */
  runAtTerminal(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): void;
}

/** Longer than any command of a test takes, in milliseconds. */
const LONGEST_MS = patience(90_000);

export async function makeBed(): Promise<Bed> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'gantry-cli-')));
  const program = join(root, 'dist/main.js');
  const config = join(root, 'config');
  await bundleCommand(dirname(program));
  const envOf = ({ env = {} }: RunOptions) => ({
    PATH: process.env.PATH ?? '',
    HOME: root,
    XDG_CONFIG_HOME: config,
    NODE_COMPILE_CACHE: join(root, 'compiled'),
    ...env,
  });
  const spawned = (command: string, args: readonly string[], options: RunOptions): Running => {
    const child = spawn(command, args, { cwd: options.folder ?? root, env: envOf(options) });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return Object.assign(child, { said: () => text });
  };
  const start = (args: readonly string[], options: RunOptions = {}) =>
    spawned(process.execPath, [program, ...args], options);
  const startAtTerminal = (args: readonly string[], options: RunOptions = {}) => {
    const line = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
    return spawned('script', ['-qec', line, '/dev/null'], options);
  };
  return {
    root,
    config,
    program,
    start,
    startAtTerminal,
    folder(name, files) {
      const folder = join(root, name);
      mkdirSync(folder, { recursive: true });
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), text);
      }
      return folder;
    },
    run: async (args, options = {}) => ended(start(args, options), options.input),
    runAtTerminal: async (args, options = {}) => ended(startAtTerminal(args, options), options.input),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

async function ended(child: Running, input = ''): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.on('data', (chunk: string) => (stderr += chunk));
  // A command that does not read its input has ended before the write.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  await once(child, 'close');
  clearTimeout(timer);
  return { code: child.exitCode, stdout, stderr };
}

/** Why this machine cannot try something; undefined if it can. */
export function missing(program: string, ...args: readonly string[]): string | undefined {
  const { status, error } = spawnSync(program, args, { stdio: 'ignore' });
  if (error !== undefined) return `${program} is not installed`;
  return status === 0 ? undefined : `${program} ${args.join(' ')} is refused here`;
}

/** A short id may consist of letters, like the six-letter headings of a table. */
const SHORT_ID = /\b(?!MEMBER\b|STAGED\b)[0-9A-HJKMNP-TV-Z]{6}\b(?=[ ,.])/g;

/** Output without parts that differ from run to run: ids, times, ports, sizes of a build. */
export function golden(text: string): string {
  return text
    .replaceAll('\r', '')
    .replace(/\b(dpl|prj|svc|env|team|usr|tok|rel|upl|inv)_[0-9A-HJKMNP-TV-Z]{26}/g, '$1_…')
    .replace(SHORT_ID, '<id>')
    .replace(/just now|\d+ (?:minute|hour|day)s? ago/g, '<ago>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<time>')
    .replace(/\s+\d+\.\d s/g, ' <s>')
    .replace(/(localhost|127\.0\.0\.1):\d+/g, '$1:<port>')
    .replace(/listening on \d+/g, 'listening on <port>')
    .replace(/[ \t]+$/gm, '');
}

/** Exactly one line, and nothing of the program's own. */
export function expectOneLine({ stderr, stdout }: Ended, holds: RegExp): void {
  const lines = stderr.trimEnd().split('\n');
  const clean = lines.length === 1 && holds.test(lines[0] ?? '') && !/\n\s+at |\.ts:\d|\.js:\d/.test(stderr + stdout);
  if (!clean) throw new Error(`not one clear line that holds ${holds}:\n${stderr}\n${stdout}`);
}
