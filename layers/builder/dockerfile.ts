import type { BuildPlan } from './plan.ts';

const HOME = '/root';

/**
 * The Dockerfile of a plan: one stage installs and builds, the last one holds only the result on a small base and runs as
 * user 1000. Commands stand in exec form, so that no character of theirs can become an instruction. Needs BuildKit.
 */
export function dockerfile(plan: BuildPlan): string {
  const base = `${plan.runtime.name}:${plan.runtime.version}-slim`;
  const early = plan.install.length > 0 && plan.installInputs.length > 0;
  const home = plan.cacheFolders.filter((folder) => folder.startsWith('~/'));
  const run = (folders: readonly string[]) => (line: string) =>
    `RUN ${mounts(folders)}${JSON.stringify(['sh', '-c', line])}`;
  const lines = [
    `FROM ${base} AS build`,
    'WORKDIR /app',
    ...(early ? [`COPY ${JSON.stringify([...plan.installInputs, './'])}`] : ['COPY . .']),
    ...plan.install.map(run(home)),
    ...(early ? ['COPY . .'] : []),
    ...plan.build.map(run(plan.cacheFolders)),
    ...plan.prune.map(run(home)),
    '',
    `FROM ${base}`,
    'WORKDIR /app',
    ...Object.entries(plan.env).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    'COPY --from=build --chown=1000:1000 /app ./',
    'USER 1000',
    `CMD ${JSON.stringify(plan.command)}`,
  ];
  return `${lines.join('\n')}\n`;
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

function quote(value: string): string {
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`;
}
