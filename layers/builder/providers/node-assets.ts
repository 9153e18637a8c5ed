import { posix } from 'node:path';
import type { PlannedRuntime, Tool } from '../plan.ts';
import { installInputs } from './node-install.ts';
import { chooseManager } from './node-manager.ts';
import { dependenciesOf, readManifest, scriptOf } from './node-manifest.ts';
import { findNodeVersion } from './node-version.ts';
import { isLocal } from './node-workspace.ts';
import type { App } from './provider.ts';
import { shellQuote } from './shell-words.ts';

/** The scripts that make what browsers load, in order. */
const SCRIPTS = ['build', 'production', 'prod', 'build:production'];

/** What an app of another language has Node.js do in its build. */
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
 * What a `package.json` beside an app of another language makes for browsers: its build script's work. Undefined where it has none. What it installed
 * leaves the image with it. All paths and commands count from `root`, the folder that the build runs in, at or above the app's.
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
