import { posix } from 'node:path';
import { isForInstall, RUNTIME_VARIABLES } from './engines/build-variables.ts';
import {
  type BuildPlan,
  imageFolders,
  SYSTEM_PATH,
  siteCheck,
  type Tool,
  toolInstallation,
  toolPackages,
} from './plan.ts';

const HOME = '/root';
/** So that no replica compiles its Python when it starts. Not all that ends with `.py` is meant to be run. */
const COMPILE = 'python -m compileall -qq -j 0 . || true';

/** Images that build and that run, for a version. A Go binary needs no Go, only certificates and a shell for its start command. */
const BASES: Readonly<Record<BuildPlan['runtime']['name'], (version: string) => readonly [string, string]>> = {
  node: (version) => [`node:${version}-slim`, `node:${version}-slim`],
  python: (version) => [`python:${version}`, `python:${version}-slim`],
  go: (version) => [`golang:${version}`, 'alpine:3.22'],
};

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
  const [builder, base] = BASES[plan.runtime.name](plan.runtime.version);
  const early = plan.install.length > 0 && plan.installInputs.length > 0;
  const home = plan.cacheFolders.filter((folder) => folder.startsWith('~/'));
  const installing = variables.filter(isForInstall);
  const run = (folders: readonly string[], secrets: readonly string[]) => (line: string) =>
    `RUN ${mounts(folders)}${secrets.map(secret).join('')}${JSON.stringify(['sh', '-c', line])}`;
  const lines = [
    `FROM ${builder} AS build`,
    'WORKDIR /app',
    ...Object.entries(buildEnvironment(plan)).map(([name, value]) => `ENV ${name}=${quote(value)}`),
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
    `FROM ${base}`,
    'WORKDIR /app',
    ...Object.entries(plan.env).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    ...(imageFolders(plan) ?? ['']).map((folder) => `COPY --from=build --chown=1000:1000 ${paths('/app', folder)}`),
    ...(plan.folder === '.' ? [] : [`WORKDIR ${posix.join('/app', plan.folder)}`]),
    'USER 1000',
    `CMD ${JSON.stringify(plan.command)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The arguments that copy a folder of the app to the same place; exec form, for a name may hold anything. */
function paths(root: string, folder: string): string {
  return folder === '' ? `${root} ./` : JSON.stringify([posix.join(root, folder), `./${folder}`]);
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
  const path = plan.env.PATH ?? (name === 'go' ? `/usr/local/go/bin:${SYSTEM_PATH}` : undefined);
  return {
    ...own,
    ...(name === 'python' && { UV_COMPILE_BYTECODE: '1' }),
    ...(name === 'go' && { GOMODCACHE: `${HOME}/go/pkg/mod` }),
    ...(path !== undefined && { PATH: path }),
  };
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

function quote(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`;
}
