import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StartFailure } from './failure.ts';

/**
 * Names that programs look for in every folder above their own: packages, settings and repositories. If one of these is above a build or an image, an
 * app sees something that it lacks on AWS.
 */
const LOOKED_UP = [
  ...['node_modules', 'package.json', 'tsconfig.json', 'jsconfig.json', '.npmrc', '.yarnrc', '.yarnrc.yml', '.pnp.cjs'],
  ...['pnpm-workspace.yaml', 'lerna.json', 'nx.json', 'turbo.json', 'babel.config.js', 'babel.config.json', '.babelrc'],
  ...['.eslintrc', '.eslintrc.js', '.eslintrc.json', 'eslint.config.js', 'eslint.config.mjs', '.prettierrc'],
  ...['.browserslistrc', '.editorconfig', 'postcss.config.js', 'tailwind.config.js', '.env', '.git', '.hg'],
  ...['go.mod', 'go.work', 'pyproject.toml', 'uv.toml', '.python-version', '.tool-versions', 'mise.toml', '.nvmrc'],
  ...['setup.cfg', 'pytest.ini', 'Cargo.toml', 'Gemfile', '.ruby-version', 'composer.json', 'pom.xml', 'bun.lockb'],
];

/** In the data folder: the path of its work folder. In the work folder: the path of its data folder. */
const POINTER = 'work-folder';
const OWNER = 'data-folder';
/** A folder without an owner is just being created. */
const UNOWNED_MS = 3_600_000;
/** Parts of the data folder that earlier versions kept there. */
const MOVED = ['images', 'builds', 'build-cache'];

const opened = new Map<string, string>();

/**
 * The folder of builds, unpacked images and homes of containers. It is outside of the clone and of the data folder's surroundings, with nothing above
 * it that a program looks up, and its path leaves room for Unix sockets (108 bytes). Everything in it can be made again. It belongs to this user and
 * this data folder alone: after the data folder is gone, the next start of any platform deletes it. Throws a `StartFailure` when this machine has no
 * such place. Decision 19.
 */
export function workFolder(dataDir: string, bases: readonly string[] = candidates()): string {
  const known = opened.get(dataDir);
  if (known !== undefined && existsSync(known)) return known;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = presentOf(dataDir) ?? make(dataDir, bases);
  opened.set(dataDir, path);
  void sweep(dirname(path)).catch(() => undefined);
  for (const name of MOVED) void rm(join(dataDir, name), { recursive: true, force: true }).catch(() => undefined);
  return path;
}

/** Deletes the work folder of a data folder, if there is one. */
export function removeWorkFolder(dataDir: string): void {
  const path = presentOf(dataDir);
  opened.delete(dataDir);
  if (path !== undefined) rmSync(path, { recursive: true, force: true });
}

/** The names of `LOOKED_UP` that lie in a folder or above it. */
export function visibleFrom(folder: string): string[] {
  const above = dirname(folder);
  const here = LOOKED_UP.map((name) => join(folder, name)).filter((path) => exists(path));
  return above === folder ? here : [...here, ...visibleFrom(above)];
}

/** The data folder's present one, if it is unchanged and the data folder is no copy of another. */
function presentOf(dataDir: string): string | undefined {
  const path = read(join(dataDir, POINTER));
  if (path === undefined || problemOf(path) !== undefined) return undefined;
  return read(join(path, OWNER)) === realpathSync(dataDir) && visibleFrom(dirname(path)).length === 0
    ? path
    : undefined;
}

function make(dataDir: string, bases: readonly string[]): string {
  const problems: string[] = [];
  for (const base of bases) {
    const problem = prepare(base);
    if (problem !== undefined) {
      problems.push(`${base}: ${problem}`);
      continue;
    }
    const path = join(realpathSync(base), randomBytes(3).toString('hex'));
    writeFileSync(join(dataDir, POINTER), path, { mode: 0o600 });
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, OWNER), realpathSync(dataDir), { mode: 0o600 });
    return path;
  }
  throw new StartFailure(
    `There is no folder for builds and apps. Make one of these usable:\n${problems.map((each) => `  ${each}`).join('\n')}`,
  );
}

/** On disk first: a temporary folder may be memory. A home comes last, because programs look up many files in it. */
function candidates(): string[] {
  const name = `gantry-${process.getuid?.() ?? 'user'}`;
  const runtime = process.env.XDG_RUNTIME_DIR;
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return [
    ...new Set([
      join('/var/tmp', name),
      join(tmpdir(), name),
      ...(runtime ? [join(runtime, name)] : []),
      join(home, name),
    ]),
  ];
}

/** Creates a place for work folders; returns why it cannot be one. */
function prepare(base: string): string | undefined {
  try {
    mkdirSync(base, { recursive: true, mode: 0o700 });
  } catch (error) {
    return (error as Error).message;
  }
  const problem = problemOf(base);
  if (problem !== undefined) return problem;
  const [seen] = visibleFrom(realpathSync(base));
  if (seen !== undefined) return `apps would see ${seen}`;
  return isExecutable(base) ? undefined : 'programs in it cannot be run (noexec)';
}

/** Why a folder may be another user's: others may have created it, or may write into it. */
function problemOf(folder: string): string | undefined {
  try {
    const { uid, mode } = lstatSync(folder);
    if (!lstatSync(folder).isDirectory()) return 'it is not a folder';
    if (process.getuid !== undefined && uid !== process.getuid()) return 'it belongs to another user';
    return (mode & 0o077) === 0 ? undefined : 'others may read or write it (chmod 700)';
  } catch (error) {
    return (error as Error).message;
  }
}

function isExecutable(folder: string): boolean {
  const probe = join(folder, `.probe-${randomBytes(3).toString('hex')}`);
  try {
    writeFileSync(probe, '#!/bin/sh\n', { mode: 0o700 });
    return (spawnSync(probe, { timeout: 5000 }).error as NodeJS.ErrnoException | undefined)?.code !== 'EACCES';
  } finally {
    rmSync(probe, { force: true });
  }
}

/** Deletes the work folders whose data folder is gone, or has another by now. */
async function sweep(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const path = join(base, name);
    const owner = read(join(path, OWNER));
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    const stale = owner === undefined ? Date.now() - made > UNOWNED_MS : read(join(owner, POINTER)) !== path;
    // Another platform may be doing the same.
    if (stale) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
