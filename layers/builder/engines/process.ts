import { mkdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from '../command.ts';
import { composeImage } from '../oci/image.ts';
import { type Layer, layerPaths, writeLayer } from '../oci/layer.ts';
import { pushImage } from '../oci/registry.ts';
import { addServer, type BuildJob } from './engine.ts';

/**
 * What a build needs of its surroundings to reach package registries, and CodeBuild's id of it, by which whoever started the
 * build finds what is left of it after a crash. Everything else stays outside.
 */
const INHERITED =
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|(https?|no)_proxy|npm_config_(registry|cafile|userconfig)|CODEBUILD_BUILD_ID|LANG|TZ)$/i;

/**
 * Runs the plan's commands as child processes on this machine, with its own Node.js whatever version the plan asks for, and
 * packs the result as an image without a base layer. It isolates nothing: only for a machine whose user trusts the source.
 */
export async function buildWithProcesses(job: BuildJob): Promise<string> {
  const { plan, root } = job;
  if (process.version.slice(1).split('.')[0] !== plan.runtime.version.split('.')[0]) {
    job.print(
      `Note: this machine builds and runs with its own Node ${process.version.slice(1)}; the plan's ${plan.runtime.version} applies to container builds`,
    );
  }
  const env = await buildEnvironment(job);
  if (plan.install.length > 0) {
    await Promise.all(plan.dependencyFolders.map((folder) => rm(join(root, folder), { recursive: true, force: true })));
  }
  for (const line of [...plan.install, ...plan.build, ...plan.prune]) {
    job.print(`$ ${line}`);
    await runCommand(`"${line}"`, ['sh', '-c', line], { ...job, cwd: root, env, onLine: job.print });
  }
  await addServer(job);
  const image = composeImage(await packLayers(job), plan);
  const digest = await pushImage(job.repository, image, job.signal);
  const bytes = image.layers.reduce((sum, layer) => sum + layer.size, 0);
  job.print(`Pushed ${digest} (${(bytes / 1024 / 1024).toFixed(1)} MB)`);
  await Promise.all(image.layers.map((layer) => rm(layer.path, { force: true })));
  return digest;
}

/** Installed dependencies and the app, a layer each; an app without dependencies has one layer. */
async function packLayers({ plan, root, scratch }: BuildJob): Promise<Layer[]> {
  const paths = await layerPaths(root, new Set(['.git', ...plan.cacheFolders]));
  const isDependency = (path: string) => plan.dependencyFolders.some((folder) => `${path}/`.startsWith(`${folder}/`));
  const groups = [paths.filter(isDependency), paths.filter((path) => !isDependency(path))];
  const layers: Layer[] = [];
  for (const [index, group] of groups.entries()) {
    if (group.length > 0) layers.push(await writeLayer(root, group, join(scratch, `layer-${index}.tar.gz`)));
  }
  return layers;
}

/** A clean environment with a home and a temporary folder of its own, and none of the builder's credentials. */
async function buildEnvironment(job: BuildJob): Promise<Record<string, string>> {
  const [home, tmp] = [join(job.scratch, 'home'), join(job.scratch, 'tmp')];
  const cache = join(job.cacheDir ?? home, 'npm');
  await Promise.all([home, tmp, cache].map((folder) => mkdir(folder, { recursive: true })));
  const inherited = Object.entries(job.environment).flatMap(([name, value]) =>
    INHERITED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: buildPath(job.environment.PATH ?? '/usr/local/bin:/usr/bin:/bin'),
    HOME: home,
    TMPDIR: tmp,
    CI: 'true',
    npm_config_cache: cache,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
}

/** The builder's Node.js first; not the programs of packages around the builder, which an app would find by accident. */
function buildPath(path: string): string {
  const folders = path
    .split(delimiter)
    .filter((folder) => folder !== '' && !/node_modules\/(\.bin|.*\/node-gyp-bin)\/?$/.test(folder));
  return [...new Set([dirname(process.execPath), ...folders])].join(delimiter);
}
