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
/** So that no replica compiles its Python when it starts. Not all that ends with `.py` is meant to be run. */
const COMPILE = 'python -m compileall -qq -j 0 . || true';
/** Debian's lists and archives of packages are kept from build to build, and in no layer. */
const APT_CACHES = ['/var/cache/apt', '/var/lib/apt']
  .map((path) => `--mount=type=cache,target=${path},sharing=locked `)
  .join('');
const APT = 'rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update';

/**
 * The build argument by which a change of the variables has the build commands run again. BuildKit leaves secrets out of what it knows a
 * step by; an install is known by its files alone.
 */
export const VARIABLES_ARGUMENT = 'GANTRY_VARIABLES';

/**
 * The Dockerfile of a plan: one stage installs and builds, the last one holds only the result on a small base and runs as
 * user 1000. Commands stand in exec form, so that no character of theirs can become an instruction; `variables` are names of secrets, which
 * commands find in their environment and no layer holds. Needs BuildKit 0.16 (Dockerfile 1.10: a secret's `env`).
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

/** Says which base images no digest pins: whoever builds the same again may then get others. */
function byTag(images: readonly string[]): string[] {
  const open = [...new Set(images)].filter((image) => !image.includes('@'));
  return open.map((image) => `# Known by its tag alone, not by a digest: ${image}`);
}

/** The stage that both others of an app of PHP begin with: its extensions need the compiler to be made, and what they link to to run. */
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

/** Programs of a further runtime beside those of the image: they lie apart, in folders of the same names. */
function copyRuntime(image: string, part: string): string {
  return `COPY --from=${image} /usr/local/${part}/ /usr/local/${part}/`;
}

/** The arguments that copy a folder of the app to the same place; exec form, for a name may hold anything. */
function paths(root: string, folder: string): string {
  return folder === '' ? `${root} ${root}` : JSON.stringify([posix.join(root, folder), posix.join(root, folder)]);
}

/** Each file stays in its folder: `COPY` puts all that it is given into one. */
function copies(inputs: readonly string[]): string[] {
  const folders = Map.groupBy(inputs, (path) => `${posix.dirname(path)}/`);
  return [...folders].map(([folder, paths]) => `COPY ${JSON.stringify([...paths, folder])}`);
}

/** What the build's own stage needs beside the image's variables; npm needs nothing, so that its Dockerfile stays as short as it was. */
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

/** An allocator that gives memory back takes the place of the C library's, where the image has it. */
function imageEnvironment({ env, packages }: BuildPlan): Record<string, string> {
  return { ...env, ...(packages.run.includes('libjemalloc2') && { LD_PRELOAD: 'libjemalloc.so.2' }) };
}

function installCommand(tool: Tool): string {
  const install = tool.registry === 'npm' ? 'npm install --global --force' : 'pip install --no-cache-dir';
  return [install, ...toolPackages(tool)].join(' ');
}

/** What stays out of the build's context: it is made anew, or belongs to no image. */
export function dockerignore(plan: BuildPlan): string {
  return `${['.git', ...(plan.install.length > 0 ? plan.dependencyFolders : [])].join('\n')}\n`;
}

/** Install and prune get the home's caches alone: they remove the app's own, and a mount cannot be removed. */
function mounts(folders: readonly string[]): string {
  return folders
    .map((folder) => (folder.startsWith('~/') ? `${HOME}/${folder.slice(2)}` : `/app/${folder}`))
    .map((target) => `--mount=type=cache,target=${target} `)
    .join('');
}

function secret(name: string): string {
  return `--mount=type=secret,id=${name},env=${name} `;
}

/** JSON escapes line breaks and quotes; a line of a Dockerfile ends nowhere else. */
function shell(line: string): string {
  return JSON.stringify(['sh', '-c', line]);
}

/** A folder of any name: its last character would else join the next line to this one. */
function path(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : quote(folder);
}

function quote(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`;
}
