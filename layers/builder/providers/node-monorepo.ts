import { posix } from 'node:path';
import { subTree } from '../source-tree.ts';
import { developmentServer } from './node-development.ts';
import { findFramework } from './node-frameworks.ts';
import { dependenciesOf, readManifest, scriptOf } from './node-manifest.ts';
import { moonFramework } from './node-moon.ts';
import type { Member, Workspace } from './node-workspace.ts';
import type { App } from './provider.ts';

/**
 * The member that a workspace's own folder stands for, if that folder itself has no way to start or build: the only
 * member that starts. If several members start, the result is a message that asks the owner to choose one.
 */
export async function monorepoStart(
  app: App,
  workspace: Workspace,
): Promise<{ readonly folder?: string; readonly missing?: string } | undefined> {
  if (app.folder !== workspace.root) return undefined;
  const manifest = await readManifest(app.tree);
  const script = scriptOf(manifest, 'start');
  if (script !== undefined && developmentServer(manifest, script) === undefined) return undefined;
  if (manifest.main !== undefined && (await app.tree.exists(posix.normalize(manifest.main)))) return undefined;
  const starting: string[] = [];
  for (const member of workspace.members) if (await starts(workspace, member)) starting.push(member.folder);
  const [only] = starting;
  if (only === undefined) return undefined;
  if (starting.length === 1) return { folder: posix.join(workspace.root, only) };
  const shown = starting.slice(0, 8).join(', ');
  return {
    missing: `this workspace has several apps that start (${shown}); set the service's root folder to the folder of the app to deploy, or add a "start" script to the package.json of the workspace`,
  };
}

async function starts(workspace: Workspace, { folder, manifest }: Member): Promise<boolean> {
  if (scriptOf(manifest, 'start') !== undefined) return true;
  const packages = new Set(Object.keys(dependenciesOf(manifest)));
  const tree = subTree(workspace.tree, folder);
  if ((await moonFramework(workspace.tree, folder)) !== undefined) return true;
  const buildLine = scriptOf(manifest, 'build') ?? '';
  if (buildLine === '') return false;
  const names = await tree.list('.');
  const framework = await findFramework({ tree, names, manifest, packages, place: folder, buildLine });
  return framework?.start !== undefined || framework?.site !== undefined;
}
