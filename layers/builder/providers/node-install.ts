import type { SourceTree } from '../source-tree.ts';
import type { NodeManager } from './node-manager.ts';
import { dependenciesOf, type PackageJson, scriptOf } from './node-manifest.ts';
import { isLocal, type Workspace } from './node-workspace.ts';

const INSTALL_HOOKS = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
/** Files that the install scripts of well-known packages read, by package. */
const READ_BY: readonly (readonly [string, readonly string[]])[] = [
  ['@prisma/client', ['prisma/schema.prisma', 'schema.prisma']],
];

/**
 * The files that an install reads, below the folder in which it runs. Empty if the install may read any part of the
 * source: it runs scripts of the app, or links folders that are not members of a workspace.
 */
export async function installInputs(
  tree: SourceTree,
  names: readonly string[],
  manifest: PackageJson,
  manager: NodeManager,
  workspace: Workspace | undefined,
): Promise<string[]> {
  if (manager.inputs.length === 0 || names.includes('patches') || names.includes('.yarn')) return [];
  const packages = [
    { folder: '', manifest },
    ...(workspace?.members ?? []).map((each) => ({ ...each, folder: `${each.folder}/` })),
  ];
  const readsMore = packages.some(
    (each) =>
      INSTALL_HOOKS.some((hook) => scriptOf(each.manifest, hook) !== undefined) ||
      each.manifest.bin !== undefined ||
      Object.values(dependenciesOf(each.manifest)).some((version) => isLocal(version) || isUnknown(version, workspace)),
  );
  if (readsMore) return [];
  const known = READ_BY.flatMap(([name, files]) =>
    packages.flatMap((each) =>
      dependenciesOf(each.manifest)[name] === undefined ? [] : files.map((file) => each.folder + file),
    ),
  );
  const read: string[] = [];
  for (const file of known) if (await tree.exists(file)) read.push(file);
  const own = ['package.json', ...manager.inputs].filter((name) => names.includes(name));
  return [...own, ...packages.slice(1).map(({ folder }) => `${folder}package.json`), ...read];
}

/** Whether only a workspace can provide this version, and there is no workspace. */
function isUnknown(version: string, workspace: Workspace | undefined): boolean {
  return workspace === undefined && version.startsWith('workspace:');
}
