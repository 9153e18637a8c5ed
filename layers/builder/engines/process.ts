import { cp, mkdir, rm } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { runCommand } from '../command.ts';
import { composeImage } from '../oci/image.ts';
import { type Layer, layerPaths, writeLayer } from '../oci/layer.ts';
import { IMAGE_LIMITS } from '../oci/manifest.ts';
import { pushImage } from '../oci/registry.ts';
import { imageFolders, siteCheck, TOOLS, toolInstallation } from '../plan.ts';
import { appVariables, buildVariables, isForInstall, planVariables } from './build-variables.ts';
import { compilePython } from './bytecode.ts';
import { addServer, type BuildJob } from './engine.ts';
import { installCache } from './install-cache.ts';
import { makePortable } from './portable.ts';
import { prepareToolchain, type Toolchain } from './toolchain.ts';

/**
 * The variables that a build inherits: those that it needs to reach package registries, and CodeBuild's id of the
 * build. With the id, the starter of the build finds leftovers after a crash. A build inherits nothing else.
 */
const INHERITED =
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|(https?|no)_proxy|npm_config_(registry|cafile|userconfig)|pip_(index_url|extra_index_url|cert|find_links|trusted_host|default_timeout)|uv_(default_index|index_url)|go(proxy|sumdb|noproxy|nosumdb|private|toolchain)|java_home|rustup_home|rustup_toolchain|CODEBUILD_BUILD_ID|LANG|TZ)$/i;

/**
 * Notes of package managers for their own next run. They hold times and paths of this machine, and no app reads them.
 */
const NOTES = [
  'node_modules/.modules.yaml',
  'node_modules/.pnpm-workspace-state.json',
  'node_modules/.pnpm-workspace-state-v1.json',
  'node_modules/.yarn-integrity',
  'node_modules/.yarn-state.yml',
  '.yarn/install-state.gz',
];

/**
 * Runs the plan's commands as child processes on this machine, and packs the result as an image without a base layer.
 * Node.js apps get this process's own Node.js, whatever version the plan asks for. Nothing isolates the commands or
 * bounds their memory, so use this engine only on a machine whose user trusts the source.
 */
export async function buildWithProcesses(job: BuildJob): Promise<string> {
  const { plan, root } = job;
  const base = await buildEnvironment(job);
  const toolchain = await prepareToolchain(job, base);
  const env: Record<string, string> = {
    ...base,
    PATH: [...appPath(job), ...toolchain.path, base.PATH].join(delimiter),
  };
  const installing = Object.fromEntries(Object.entries(env).filter(([name]) => isForInstall(name)));
  const run = async (lines: readonly string[], given = env) => {
    for (const line of lines) {
      job.print(`$ ${line}`);
      await runCommand(`"${line}"`, ['sh', '-c', line], { ...job, cwd: root, env: given, onLine: job.print });
    }
  };
  if (plan.install.length > 0) {
    await Promise.all(plan.dependencyFolders.map((folder) => rm(join(root, folder), { recursive: true, force: true })));
    const cache = await installCache(job, toolchain.version);
    if (await cache?.restore()) job.print(`Nothing to install: ${plan.installInputs.join(' and ')} did not change`);
    else {
      await run(plan.install, installing);
      if (plan.runtime.name === 'python') {
        await makePortable(root);
        await compilePython(job, env, 'installed');
      }
      await cache?.save();
    }
  }
  await addServer(job);
  await run(plan.build);
  await bringTools(job, toolchain, run);
  const check = siteCheck(plan);
  if (check !== undefined) {
    const given = { ...job, cwd: root, env, onLine: job.print };
    await runCommand("the search for the build's page", ['sh', '-c', check], given);
  }
  await run(plan.prune, installing);
  if (plan.runtime.name === 'python') {
    await makePortable(root);
    await compilePython(job, env, 'app');
  }
  const image = composeImage(await packLayers(job), plan);
  const digest = await pushImage(job.repository, image, job.signal);
  const bytes = image.layers.reduce((sum, layer) => sum + layer.size, 0);
  job.print(`Pushed ${digest} (${(bytes / 1024 / 1024).toFixed(1)} MB)`);
  await Promise.all(image.layers.map((layer) => rm(layer.path, { force: true })));
  return digest;
}

/** Adds the package managers that the start command calls. They come from the cache if it holds them all. */
async function bringTools(
  { root, plan, print }: BuildJob,
  toolchain: Toolchain,
  run: (lines: readonly string[]) => Promise<void>,
): Promise<void> {
  const line = toolInstallation(plan.tools);
  if (line === undefined) return;
  const [folder, ...others] = plan.tools.filter(({ inImage }) => inImage).map(({ name }) => toolchain.tools.get(name));
  if (folder === undefined || others.length > 0) return run([line]);
  print(`Copied ${basename(folder)} from the cache`);
  await cp(join(folder, 'node_modules'), join(root, TOOLS, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
}

/** One layer for installed dependencies and one for the app. An app without dependencies has one layer. */
async function packLayers({ plan, root, scratch }: BuildJob): Promise<Layer[]> {
  const all = await layerPaths(root, new Set(['.git', ...NOTES, ...plan.cacheFolders]));
  const kept = imageFolders(plan);
  const paths = kept === undefined ? all : all.filter((path) => kept.some((folder) => isAlong(path, folder)));
  const isDependency = (path: string) => plan.dependencyFolders.some((folder) => `${path}/`.startsWith(`${folder}/`));
  const groups = [paths.filter(isDependency), paths.filter((path) => !isDependency(path))];
  const layers: Layer[] = [];
  let left: number = IMAGE_LIMITS.bytes;
  for (const [index, group] of groups.entries()) {
    if (group.length === 0) continue;
    const layer = await writeLayer(root, group, join(scratch, `layer-${index}.tar.gz`), left);
    left -= layer.size;
    layers.push(layer);
  }
  return layers;
}

/** Whether a path is the folder, lies in the folder, or is a parent of it. */
function isAlong(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${path}/`);
}

/**
 * A clean environment: the app's variables, a home and a temporary folder of its own, and none of the builder's
 * credentials.
 */
async function buildEnvironment(job: BuildJob): Promise<Record<string, string>> {
  const [home, tmp] = [join(job.scratch, 'home'), join(job.scratch, 'tmp')];
  await Promise.all([home, tmp].map((folder) => mkdir(folder, { recursive: true })));
  const inherited = Object.entries(job.environment).flatMap(([name, value]) =>
    INHERITED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return {
    CI: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    ...Object.fromEntries(inherited),
    ...rustup(job),
    ...planVariables(job.plan),
    ...appVariables(job.variables, job.plan.runtime.name),
    ...buildVariables(job.plan.runtime.name, job.cacheDir ?? home),
    PATH: buildPath(job.environment.PATH ?? '/usr/local/bin:/usr/bin:/bin'),
    HOME: home,
    TMPDIR: tmp,
  };
}

/**
 * Rust's programs look for the compiler below the home folder of the user who installed it. The build has another home
 * folder.
 */
function rustup({ plan, environment }: BuildJob): Record<string, string> {
  const { RUSTUP_HOME = environment.HOME && join(environment.HOME, '.rustup') } = environment;
  return plan.runtime.name === 'rust' && RUSTUP_HOME !== undefined ? { RUSTUP_HOME } : {};
}

/** The folders that the image adds to PATH, at their place in the app's folder during the build. */
function appPath({ plan, root }: BuildJob): string[] {
  const added = (plan.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/app/'));
  return added.map((folder) => join(root, folder.slice('/app/'.length)));
}

/** Leaves out programs of the packages around the builder, which an app would find by accident. */
function buildPath(path: string): string {
  const folders = path
    .split(delimiter)
    .filter((folder) => folder !== '' && !/node_modules\/(\.bin|.*\/node-gyp-bin)\/?$/.test(folder));
  return [...new Set(folders)].join(delimiter);
}
