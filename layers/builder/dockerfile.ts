import { posix } from 'node:path';
import { baseImage, baseImages, runtimeImage } from './base-images.ts';
import { isForInstall, planVariables, RUNTIME_VARIABLES } from './engines/build-variables.ts';
import {
  type BuildPlan,
  imageFolders,
  SYSTEM_PATH,
  siteCheck,
  type Tool,
  toolInstallation,
  toolPackages,
} from './plan.ts';
import { extensionCommands } from './providers/php-extensions.ts';

const HOME = '/root';
/**
 * Compiles Python in the build, so that no replica compiles it when it starts. Files that do not compile are ignored:
 * not every `.py` file is meant to run.
 */
const COMPILE = 'python -m compileall -qq -j 0 . || true';
/** Builds share Debian's package lists and archives through a cache; no layer holds them. */
const APT_CACHES = ['/var/cache/apt', '/var/lib/apt']
  .map((path) => `--mount=type=cache,target=${path},sharing=locked `)
  .join('');
const APT = 'rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update';

/**
 * The build argument that makes the build commands run again after a change of the variables. BuildKit leaves secrets
 * out of a step's cache key. An install depends on its files alone.
 */
export const VARIABLES_ARGUMENT = 'GANTRY_VARIABLES';

/**
 * The Dockerfile of a plan. One stage installs and builds. The last stage holds only the result on a small base, and
 * runs as user 1000. Commands are in exec form, so that no character of theirs can become an instruction. `variables`
 * are names of secrets: commands find them in their environment, and no layer holds them. Needs BuildKit 0.16
 * (Dockerfile 1.10: a secret's `env`).
 */
export function dockerfile(plan: BuildPlan, variables: readonly string[]): string {
  const images = baseImages(plan);
  const early = plan.install.length > 0 && plan.installInputs.length > 0;
  const home = plan.cacheFolders.filter((folder) => folder.startsWith('~/'));
  const installing = variables.filter(isForInstall);
  const run = (folders: readonly string[], secrets: readonly string[]) => (line: string) =>
    `RUN ${mounts(folders)}${secrets.map(secret).join('')}${shell(line)}`;
  const [build, last] = plan.runtime.name === 'php' ? ['base', 'base'] : [images.build, images.run];
  const lines = [
    ...byTag([images.build, images.run, ...plan.buildRuntimes.map(runtimeImage)]),
    ...(plan.runtime.name === 'php' ? phpBase(plan, images.run) : []),
    `FROM ${build} AS build`,
    'WORKDIR /app',
    ...Object.entries(buildEnvironment(plan)).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    ...apt(plan.packages.build),
    ...plan.buildRuntimes.flatMap((runtime) => ['bin', 'lib'].map((part) => copyRuntime(runtimeImage(runtime), part))),
    ...(plan.packageManager === 'composer'
      ? [`COPY --from=${baseImage('composer:2')} /usr/bin/composer /usr/bin/`]
      : []),
    ...plan.tools.map((tool) => run([], [])(installCommand(tool))),
    ...(early ? copies(plan.installInputs) : ['COPY . .']),
    ...plan.install.map(run(home, installing)),
    ...(early ? ['COPY . .'] : []),
    ...(variables.length > 0 ? [`ARG ${VARIABLES_ARGUMENT}`] : []),
    ...plan.build.map(run(plan.cacheFolders, variables)),
    ...[toolInstallation(plan.tools), siteCheck(plan)].flatMap((line) =>
      line === undefined ? [] : [run(home, [])(line)],
    ),
    ...plan.prune.map(run(home, installing)),
    ...(plan.runtime.name === 'python' ? [run([], [])(COMPILE)] : []),
    '',
    `FROM ${last}`,
    ...(last === 'base' ? [] : apt(plan.packages.run)),
    ...Object.entries(imageEnvironment(plan)).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    `LABEL org.opencontainers.image.base.name=${quote(images.run.replace(/@.*/, ''))}`,
    ...(imageFolders(plan) ?? ['']).map((folder) => `COPY --from=build --chown=1000:1000 ${paths('/app', folder)}`),
    `WORKDIR ${path(posix.join('/app', plan.folder).replace(/\/$/, ''))}`,
    'USER 1000',
    `CMD ${JSON.stringify(plan.command)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Comments that name base images without a digest: another build of the same source may get other images. */
function byTag(images: readonly string[]): string[] {
  const open = [...new Set(images)].filter((image) => !image.includes('@'));
  return open.map((image) => `# Known by its tag alone, not by a digest: ${image}`);
}

/**
 * The stage from which both other stages of a PHP app start. Extensions need the compiler to be built, and their
 * libraries to run.
 */
function phpBase({ packages, extensions = [] }: BuildPlan, image: string): string[] {
  const packed = packages.run.join(' ');
  const commands = [
    ...[APT, `apt-get install -y --no-install-recommends ${packed}`, 'keep="$(apt-mark showmanual)"'],
    ...(extensions.length > 0 ? extensionCommands(extensions) : []),
  ];
  return [`FROM ${image} AS base`, `RUN ${APT_CACHES}${shell(['set -e', ...commands].join('\n'))}`, ''];
}

function apt(packages: readonly string[]): string[] {
  if (packages.length === 0) return [];
  return [`RUN ${APT_CACHES}${shell(`${APT} && apt-get install -y --no-install-recommends ${packages.join(' ')}`)}`];
}

/** Copies the programs of an additional runtime next to those of the image, into the same folders. */
function copyRuntime(image: string, part: string): string {
  return `COPY --from=${image} /usr/local/${part}/ /usr/local/${part}/`;
}

/**
 * The arguments that copy a folder of the app to the same place. In exec form, because a name may hold any character.
 */
function paths(root: string, folder: string): string {
  return folder === '' ? `${root} ${root}` : JSON.stringify([posix.join(root, folder), posix.join(root, folder)]);
}

/** Keeps each file in its folder: one `COPY` puts all its files into one folder. */
function copies(inputs: readonly string[]): string[] {
  const folders = Map.groupBy(inputs, (path) => `${posix.dirname(path)}/`);
  return [...folders].map(([folder, paths]) => `COPY ${JSON.stringify([...paths, folder])}`);
}

/**
 * The variables that only the build stage needs, besides the image's. npm needs none, so the Dockerfile of an npm app
 * stays short.
 */
function buildEnvironment(plan: BuildPlan): Record<string, string> {
  const { name } = plan.runtime;
  const own = name === 'node' && !plan.tools.some((tool) => tool.name === 'yarn') ? {} : RUNTIME_VARIABLES[name];
  const path = name === 'go' ? `/usr/local/go/bin:${SYSTEM_PATH}` : plan.env.PATH;
  return {
    ...planVariables(plan),
    ...own,
    ...(name === 'python' && { UV_COMPILE_BYTECODE: '1' }),
    ...(name === 'go' && { GOMODCACHE: `${HOME}/go/pkg/mod` }),
    ...(name === 'rust' && { CARGO_HOME: `${HOME}/.cargo` }),
    ...(name === 'php' && { COMPOSER_CACHE_DIR: `${HOME}/.cache/composer` }),
    ...(path !== undefined && { PATH: path }),
  };
}

/** Uses jemalloc, which returns memory to the system, in place of the C library's allocator, if the image has it. */
function imageEnvironment({ env, packages }: BuildPlan): Record<string, string> {
  return { ...env, ...(packages.run.includes('libjemalloc2') && { LD_PRELOAD: 'libjemalloc.so.2' }) };
}

function installCommand(tool: Tool): string {
  const install = tool.registry === 'npm' ? 'npm install --global --force' : 'pip install --no-cache-dir';
  return [install, ...toolPackages(tool)].join(' ');
}

/** Paths that the build context leaves out: the build makes them anew, or no image needs them. */
export function dockerignore(plan: BuildPlan): string {
  return `${['.git', ...(plan.install.length > 0 ? plan.dependencyFolders : [])].join('\n')}\n`;
}

/**
 * Install and prune mount only the caches in the home folder: they delete caches in the app's folder, and a mount
 * cannot be deleted.
 */
function mounts(folders: readonly string[]): string {
  return folders
    .map((folder) => (folder.startsWith('~/') ? `${HOME}/${folder.slice(2)}` : `/app/${folder}`))
    .map((target) => `--mount=type=cache,target=${target} `)
    .join('');
}

function secret(name: string): string {
  return `--mount=type=secret,id=${name},env=${name} `;
}

/** JSON escapes line breaks and quotes, so a command cannot end its Dockerfile line. */
function shell(line: string): string {
  return JSON.stringify(['sh', '-c', line]);
}

/** Quotes a folder's name if needed: a backslash at its end would join the next line to this one. */
function path(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : quote(folder);
}

function quote(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`;
}
