import { posix } from 'node:path';
import { type SourceTree, subTree } from '../source-tree.ts';
import type { NodeManager } from './node-manager.ts';
import { dependenciesOf, type PackageJson, scriptOf } from './node-manifest.ts';
import { type Member, membersNeeded, type Workspace } from './node-workspace.ts';

/** The members of a workspace that are installed. */
export interface Selection {
  /** Flags for the manager's commands that leave out the other members. Empty if all members are installed. */
  readonly flags: string;
  /** The reason for installing all members although the app needs only some. */
  readonly note?: string;
}

/** The whole workspace. */
export const ALL_MEMBERS: Selection = { flags: '' };
/** Scripts that an install runs. */
const HOOKS = ['preinstall', 'install', 'postinstall', 'prepare'];
/** Parts of a command that may reach any member: a path upwards, an option for several members, a task runner. */
const REACHES =
  /\.\.\/|(?:^|\s)(?:-r|-F|-C|-ws?)(?=\s|$)|--(?:filter|recursive|workspaces?|dir|prefix|cwd|scope)\b|(?:^|[\s&|;(])(?:turbo|nx|lerna|moon|rush|wireit)(?=\s|$)/;
/** Config files that may refer to folders outside of their own. */
const CONFIG = /^(?:(?:ts|js)config.*\.json|.*\.config\.[cm]?[jt]s)$/;
/**
 * The maximum number of files in one folder, and of members, that are examined. Beyond it all members are installed.
 */
const MOST = 40;

interface Asked {
  readonly workspace: Workspace;
  /** The app's folder, relative to the workspace's folder. */
  readonly place: string;
  readonly manager: NodeManager;
  /** The commands that the owner of the source gave, and the start command. */
  readonly lines: readonly string[];
}

/**
 * Leaves out the members that neither the app nor the root of its workspace depends on, directly or indirectly. All
 * members are installed if the manager cannot leave some out safely, or if a command or a config file may reach one of
 * them: an install that is too large still works.
 */
export async function selectMembers(asked: Asked): Promise<Selection> {
  const { workspace, place, manager, lines } = asked;
  if (place === '.') return ALL_MEMBERS;
  const needed = new Set(membersNeeded(workspace, place));
  for (const { folder, manifest } of workspace.members)
    if (manifest.name !== undefined && Object.hasOwn(dependenciesOf(workspace.manifest), manifest.name))
      for (const member of membersNeeded(workspace, folder)) needed.add(member);
  const others = workspace.members.filter((member) => !needed.has(member));
  if (others.length === 0) return ALL_MEMBERS;
  const reason = await reasonForAll(asked, [...needed], others, lines);
  if (reason !== undefined)
    return {
      flags: '',
      note: `the build installs all ${workspace.members.length} packages of the workspace: ${reason}`,
    };
  const flags = [...(manager.only ?? []), ...[...needed].map(({ folder }) => `--filter ./${folder}`)];
  return { flags: ` ${flags.join(' ')}` };
}

async function reasonForAll(
  { workspace, place, manager }: Asked,
  needed: readonly Member[],
  others: readonly Member[],
  lines: readonly string[],
): Promise<string | undefined> {
  if (manager.only === undefined) return `this version of ${manager.name} cannot leave out packages safely`;
  if (needed.length > MOST || needed.some(({ folder }) => !/^[\w@./-]+$/.test(folder)))
    return 'there are too many packages, or the name of a package has unusual characters';
  const run = [...lines, ...commandsOf(workspace.manifest, HOOKS)];
  for (const { manifest } of needed) run.push(...commandsOf(manifest, [...HOOKS, 'build']));
  const reaching = run.find((line) => REACHES.test(line));
  if (reaching !== undefined) return `"${reaching.slice(0, 100)}" may use any of them`;
  if (/"[^"#\n]+#[^"\n]+"/.test((await workspace.tree.head('turbo.json')) ?? ''))
    return 'turbo.json has tasks for single packages';
  for (const folder of ['.', place, ...needed.map((member) => member.folder)]) {
    const file = await fileThatNames(subTree(workspace.tree, folder), others);
    if (file !== undefined) return `${posix.join(folder, file)} names another package`;
  }
  return undefined;
}

function commandsOf(manifest: PackageJson, names: readonly string[]): string[] {
  return names.flatMap((name) => scriptOf(manifest, name) ?? []);
}

async function fileThatNames(tree: SourceTree, others: readonly Member[]): Promise<string | undefined> {
  const files = (await tree.list('.')).filter((name) => CONFIG.test(name)).slice(0, MOST);
  for (const file of files) {
    const text = (await tree.head(file)) ?? '';
    const names = others.flatMap(({ folder, manifest }) => [`/${posix.basename(folder)}`, manifest.name ?? []].flat());
    if (names.some((name) => text.includes(name))) return file;
  }
  return undefined;
}
