import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { patience } from '../../patience.ts';
import { registryAnswers } from './images.ts';
import { temporaryFolder } from './peers.ts';

/** A package manager, with a fixture app that has one dependency. */
export interface Kind {
  readonly name: string;
  /** The app's folder under `test/fixtures/apps/`. */
  readonly app: string;
  /** The app's answer. */
  readonly answer: string;
  /** The reason why this machine cannot run the app; empty if it can. */
  readonly missing: string;
}

await using downloads = await temporaryFolder();
const npm = (await registryAnswers()) ? '' : 'the npm registry does not answer';
const pip = `-m pip download --quiet --no-deps --retries 0 --timeout 3 --dest ${downloads.path} itsdangerous==2.2.0`;
const python =
  output('python3', pip.split(' ')) === undefined ? 'there is no Python with pip that reaches a package index' : '';
const goCache = output('go', ['env', 'GOCACHE']);

export const KINDS: readonly Kind[] = [
  { name: 'pnpm', app: 'node-pnpm', answer: 'a day is 86400000 ms\n', missing: npm },
  { name: 'Yarn 1', app: 'node-yarn', answer: 'a day is 86400000 ms\n', missing: npm },
  { name: 'Yarn 4', app: 'node-yarn-berry', answer: 'a day is 86400000 ms\n', missing: npm },
  { name: 'pip', app: 'python-pip', answer: 'ImhlbGxvIg\n', missing: python },
  { name: 'Go', app: 'go-mod', answer: 'go\n', missing: goCache === undefined ? 'there is no Go' : '' },
];

const large = (name: string) =>
  process.env['GANTRY_TEST_POETRY'] === undefined
    ? `the installation of ${name} itself takes longer than all others together; GANTRY_TEST_POETRY=1 runs it`
    : python;

/** Managers that are tested only with builds. On a platform, both do the same as pip. */
export const MORE_KINDS: readonly Kind[] = [
  { name: 'uv', app: 'python-uv', answer: 'ImhlbGxvIg\n', missing: python },
  { name: 'pyproject.toml alone', app: 'python-pyproject', answer: 'ImhlbGxvIg\n', missing: python },
  { name: 'Poetry', app: 'python-poetry', answer: 'ImhlbGxvIg\n', missing: large('Poetry') },
  { name: 'PDM', app: 'python-pdm', answer: 'ImhlbGxvIg\n', missing: large('PDM') },
  { name: 'Pipenv', app: 'python-pipenv', answer: 'ImhlbGxvIg\n', missing: large('Pipenv') },
];

/**
 * Shares the machine's own compiled standard library of Go with builds that use this cache: compiling it again would
 * take most of a suite's time. A machine on which Go has never built has none.
 */
export async function shareGoCache(cacheDir: string): Promise<void> {
  if (goCache === undefined) return;
  await Promise.all([goCache, join(cacheDir, 'go')].map((folder) => mkdir(folder, { recursive: true })));
  await symlink(goCache, join(cacheDir, 'go/build'));
}

function output(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: patience(10_000) })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}
