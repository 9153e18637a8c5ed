import { posix } from 'node:path';
import { parse } from 'yaml';
import { BuildError } from '../build-error.ts';
import { type SourceTree, subTree } from '../source-tree.ts';
import { foldersOf } from './globs.ts';
import { dependenciesOf, type PackageJson, readManifest } from './node-manifest.ts';
import type { App } from './provider.ts';

/** A package of a workspace. */
export interface Member {
  /** The member's folder, relative to the workspace's. */
  readonly folder: string;
  readonly manifest: PackageJson;
}

/** Packages that one install serves: one lock file at the root, and the packages below it. */
export interface Workspace {
  /** The workspace's folder, relative to the source. */
  readonly root: string;
  readonly tree: SourceTree;
  readonly names: readonly string[];
  readonly manifest: PackageJson;
  readonly members: readonly Member[];
}

/**
 * The workspace that has an app's folder as its root or member. The search goes upwards from the folder. Undefined if
 * there is none.
 */
export async function findWorkspace({ source, folder }: App): Promise<Workspace | undefined> {
  const parts = folder === '.' ? [] : folder.split('/');
  for (let depth = parts.length; depth >= 0; depth -= 1) {
    const root = parts.slice(0, depth).join('/') || '.';
    const tree = subTree(source, root);
    const names = await tree.list('.');
    const patterns = await patternsOf(tree, names);
    if (patterns === undefined) continue;
    const folders = await foldersOf(tree, patterns);
    const place = posix.relative(root, folder) || '.';
    if (place !== '.' && !folders.includes(place)) continue;
    const members = await Promise.all(folders.map((each) => memberAt(tree, each)));
    const found = members.filter((member) => member !== undefined);
    return { root, tree, names, manifest: await readManifest(tree), members: found };
  }
  return undefined;
}

async function memberAt(tree: SourceTree, folder: string): Promise<Member | undefined> {
  const file = `${folder}/package.json`;
  return (await tree.exists(file)) ? { folder, manifest: await readManifest(tree, file) } : undefined;
}

/** The patterns of a folder's members. A `pnpm-workspace.yaml` that holds only settings does not make a workspace. */
async function patternsOf(tree: SourceTree, names: readonly string[]): Promise<string[] | undefined> {
  if (names.includes('pnpm-workspace.yaml')) {
    const patterns = textsOf(fieldOf(yamlOf((await tree.read('pnpm-workspace.yaml')) ?? ''), 'packages'));
    if (patterns.length > 0) return patterns;
  }
  if (!names.includes('package.json')) return undefined;
  const { workspaces } = await readManifest(tree);
  const patterns = textsOf(Array.isArray(workspaces) ? workspaces : fieldOf(workspaces, 'packages'));
  return patterns.length > 0 ? patterns : undefined;
}

function yamlOf(text: string): unknown {
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    throw new BuildError('pnpm-workspace.yaml is not valid YAML');
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/**
 * The members that a member needs, directly or indirectly. Each comes after the members that it needs; the member
 * itself is the last.
 */
export function membersNeeded(workspace: Workspace, folder: string): readonly Member[] {
  const byName = new Map(workspace.members.flatMap((each) => (each.manifest.name ? [[each.manifest.name, each]] : [])));
  const ordered = new Set<Member>();
  const visiting = new Set<Member>();
  const visit = (member: Member): void => {
    if (visiting.has(member)) return;
    visiting.add(member);
    for (const name of Object.keys(dependenciesOf(member.manifest))) {
      const other = byName.get(name);
      if (other !== undefined) visit(other);
    }
    ordered.add(member);
  };
  const own = workspace.members.find((each) => each.folder === folder);
  if (own !== undefined) visit(own);
  return [...ordered];
}

/**
 * Whether a dependency's version names a folder that an install would read. Members of a workspace do not count,
 * because their own files are read anyway.
 */
export function isLocal(version: string): boolean {
  return /^(file|link|portal|patch):/.test(version) || /^(\.{0,2}|~)\//.test(version);
}
