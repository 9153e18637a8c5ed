import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BuildError } from '../build-error.ts';
import type { PlannedRuntime } from '../plan.ts';

const PROBE_MS = 10_000;
const run = promisify(execFile);

/** A runtime that this machine has. */
interface FoundRuntime {
  /** Its name for people. */
  readonly label: string;
  readonly version: string;
  readonly program: string;
}

interface Known {
  readonly label: string;
  /**
   * How many parts of the version must match. Newer releases of Go and Rust build older code, so only the first part
   * counts there.
   */
  readonly parts: 1 | 2;
  /** The command that prints the version. The pattern `version` finds the version in its output. */
  readonly command?: readonly [string, ...string[]];
  readonly version?: RegExp;
}

const KNOWN: Readonly<Record<PlannedRuntime['name'], Known>> = {
  node: { label: 'Node', parts: 1 },
  python: { label: 'Python', parts: 2 },
  go: { label: 'Go', parts: 1, command: ['go', 'env', 'GOVERSION'], version: /go(\d\S*)/ },
  rust: { label: 'Rust', parts: 1, command: ['cargo', '--version'], version: /^cargo (\d\S*)/ },
  php: { label: 'PHP', parts: 2, command: ['php', '-r', 'echo PHP_VERSION;'], version: /^(\d+\.\d+\.\d+)/ },
  ruby: { label: 'Ruby', parts: 2, command: ['ruby', '-e', 'print RUBY_VERSION'], version: /^(\S+)/ },
  java: { label: 'Java', parts: 1, command: ['java', '--version'], version: /^\S+ (\d[\d.]*)/ },
  elixir: { label: 'Elixir', parts: 1, command: ['elixir', '--version'], version: /^Elixir (\d\S*)/m },
  deno: { label: 'Deno', parts: 1 },
};

/** Whether an app that was planned for one version of a runtime can be expected to run with another. */
export function isCompatible({ name, version }: PlannedRuntime, found: string): boolean {
  const line = version.split('.').slice(0, KNOWN[name].parts).join('.');
  return `${found}.`.startsWith(`${line}.`);
}

/** Finds a runtime on this machine, of any version. If there is none, throws a `BuildError` that says what to do. */
export async function findRuntime(
  runtime: PlannedRuntime,
  env: Readonly<Record<string, string>>,
): Promise<FoundRuntime> {
  const { label, command, version: pattern } = KNOWN[runtime.name];
  if (runtime.name === 'node') return { label, version: process.version.slice(1), program: process.execPath };
  // Deno comes from npm, in the planned version.
  if (runtime.name === 'deno') return { label, version: runtime.version, program: 'deno' };
  if (runtime.name === 'python') return { label, ...(await findPython(runtime, env)) };
  const [program = '', ...args] = command ?? [];
  const version = pattern?.exec((await probe(program, args, env)) ?? '')?.[1];
  if (version !== undefined) return { label, version, program };
  const article = /^[AE]/.test(label) ? 'an' : 'a';
  throw new BuildError(
    `this is ${article} ${label} app, and there is no ${label} on this machine; install ${label}, or deploy an image`,
  );
}

async function findPython(
  runtime: PlannedRuntime,
  env: Readonly<Record<string, string>>,
): Promise<Omit<FoundRuntime, 'label'>> {
  const question = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  const line = runtime.version.split('.').slice(0, 2).join('.');
  let found: Omit<FoundRuntime, 'label'> | undefined;
  for (const name of [`python${line}`, 'python3', 'python']) {
    const [program = '', version = ''] = ((await probe(name, ['-c', question], env)) ?? '').split('\n');
    if (program === '' || !version.startsWith('3.')) continue;
    found ??= { version, program };
    if (version.startsWith(`${line}.`)) return { version, program };
  }
  if (found !== undefined) return found;
  throw new BuildError(
    'this is a Python app, and there is no Python 3 on this machine; install it, or deploy an image',
  );
}

/** The output of a program, or undefined if there is no such program or the program fails. */
export async function probe(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  try {
    return (await run(program, args, { env, timeout: PROBE_MS })).stdout.trim();
  } catch {
    return undefined;
  }
}
