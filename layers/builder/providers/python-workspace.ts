import { posix } from 'node:path';
import { type SourceTree, subTree } from '../source-tree.ts';
import { foldersOf } from './globs.ts';
import { parents } from './parents.ts';
import { readPyProject } from './python-project.ts';

/** The uv workspace that has an app as a member. */
export interface UvWorkspace {
  /** The folder of the workspace in the source. It holds the lock file. */
  readonly root: string;
  /** The app's name in the workspace. */
  readonly name: string;
}

/**
 * Finds the workspace above the app's folder that has the app as a member and has a lock file. Undefined if there is
 * none.
 */
export async function uvWorkspace(source: SourceTree, folder: string): Promise<UvWorkspace | undefined> {
  const name = (await readPyProject(subTree(source, folder))).project?.name;
  if (name === undefined || (await source.exists(posix.join(folder, 'uv.lock')))) return undefined;
  for (const root of parents(folder)) {
    const tree = subTree(source, root);
    const workspace = (await readPyProject(tree)).tool?.uv?.workspace;
    if (workspace === undefined) continue;
    const excluded = (workspace.exclude ?? []).map((pattern) => `!${pattern}`);
    const members = await foldersOf(tree, [...(workspace.members ?? []), ...excluded]);
    const isMember = members.includes(posix.relative(root, folder)) && (await tree.exists('uv.lock'));
    return isMember ? { root, name } : undefined;
  }
  return undefined;
}
