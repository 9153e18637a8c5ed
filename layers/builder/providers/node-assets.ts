import { posix } from 'node:path';
import type { PlannedRuntime, Tool } from '../plan.ts';
import { installInputs } from './node-install.ts';
import { chooseManager } from './node-manager.ts';
import { dependenciesOf, readManifest, scriptOf } from './node-manifest.ts';
import { findNodeVersion } from './node-version.ts';
import { isLocal } from './node-workspace.ts';
import type { App } from './provider.ts';
import { shellQuote } from './shell-words.ts';

/** Names of scripts that build files for browsers. The first that exists is run. */
const SCRIPTS = ['build', 'production', 'prod', 'build:production'];

/** The part of a build that Node.js does for an app of another language. */
export interface Assets {
  readonly runtime: PlannedRuntime;
  readonly tools: readonly Tool[];
  readonly install: readonly string[];
  readonly inputs: readonly string[];
  readonly build: readonly string[];
  readonly prune: readonly string[];
  readonly folders: { readonly dependencies: readonly string[]; readonly caches: readonly string[] };
}

/**
 * The work of the build script in a `package.json` next to an app of another language: it makes files for browsers.
 * Undefined without such a script. The image does not keep the packages that it installs. All paths and commands are
 * relative to `root`, the folder in which the build runs: the app's own or a parent of it.
 */
export async function assetsOf({ tree, names, folder }: App, root: string): Promise<Assets | undefined> {
  if (!names.includes('package.json')) return undefined;
  const manifest = await readManifest(tree);
  const script = SCRIPTS.find((name) => scriptOf(manifest, name) !== undefined);
  if (script === undefined) return undefined;
  const manager = await chooseManager(tree, names, manifest);
  const { name, version, versionSource } = await findNodeVersion([{ tree, manifest, folder: '' }]);
  const local = Object.values(dependenciesOf(manifest)).some(isLocal);
  const place = posix.relative(root, folder) || '.';
  const at = (path: string) => posix.join(place, path);
  const inPlace = (line: string) => (place === '.' ? line : `cd ${shellQuote(place)} && ${line}`);
  return {
    runtime: { name, version, versionSource },
    tools: manager.tool === undefined ? [] : [manager.tool],
    install: [inPlace(manager.install)],
    inputs: local ? [] : (await installInputs(tree, names, manifest, manager, undefined)).map(at),
    build: [inPlace(`${manager.name} run ${script}`)],
    prune: [inPlace('rm -rf node_modules')],
    folders: { dependencies: [at('node_modules')], caches: [manager.cacheFolder] },
  };
}
