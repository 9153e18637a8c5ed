import { statSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { BuildError } from '@gantry/builder/build-error.ts';
import { configBelow, type LoadedConfig, readAppConfig } from '@gantry/builder/config.ts';
import { type Draft, draftPlan } from '@gantry/builder/detect.ts';
import { DETECTED } from '@gantry/builder/given.ts';
import { dockerfileOf, type OwnDockerfile } from '@gantry/builder/own-dockerfile.ts';
import { diskTree, type SourceTree, subTree } from '@gantry/builder/source-tree.ts';
import { GantryError } from '@gantry/contract/errors.ts';

export const planFlags = {
  root: { summary: "the app's folder below it, as the service's root folder", value: 'folder' },
  environment: { summary: 'the environment, if gantry.json has settings for it', value: 'environment', short: 'e' },
} as const;

/** A folder of this machine that is planned, and the app's own in it. */
interface Place {
  readonly source: SourceTree;
  readonly folder: string;
  readonly tree: SourceTree;
  readonly environment: string | undefined;
}

export function placeOf({
  folder: here,
  args,
  flags,
}: {
  readonly folder: string;
  readonly args: { readonly dir: string | undefined };
  readonly flags: { readonly root: string | undefined; readonly environment: string | undefined };
}): Place {
  const folder = posix.normalize(flags.root ?? '.').replace(/(?<=.)\/$/, '');
  if (folder.startsWith('/') || folder.split('/').includes('..'))
    throw new GantryError('Invalid', `--root ${flags.root} leads out of the source; give a folder below it.`);
  const top = resolve(here, args.dir ?? '.');
  if (!isFolder(join(top, folder)))
    throw new GantryError('NotFound', `There is no folder ${join(args.dir ?? '.', folder)}.`);
  const source = diskTree(top);
  return { source, folder, tree: subTree(source, folder), environment: flags.environment };
}

/** The app of a place: the folder itself, or the one that its `gantry.json` names as the app's. */
export interface AppThere {
  readonly folder: string;
  readonly loaded: LoadedConfig;
  /** The app's own Dockerfile, if that builds the app; otherwise undefined. */
  readonly dockerfile: OwnDockerfile | undefined;
}

export function appAt({ source, folder: asked, tree, environment }: Place): Promise<AppThere> {
  return explained(async () => {
    const outer = await readAppConfig(tree, environment);
    const folder = posix.join(asked, outer.config.build?.root ?? '.');
    const below = subTree(source, folder);
    const loaded = await configBelow(outer, below, environment);
    return { folder, loaded, dockerfile: await dockerfileOf(below, loaded) };
  });
}

export function draftOf({ source, environment }: Place, { folder, loaded }: AppThere): Promise<Draft> {
  return explained(() => draftPlan(source, { ...DETECTED, environment }, folder, loaded));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Runs a part of the builder. An error about the source becomes an error of the command. */
async function explained<Value>(run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw new GantryError('Invalid', `${error.message}.`);
  }
}
