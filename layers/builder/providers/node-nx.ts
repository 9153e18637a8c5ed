import { posix } from 'node:path';
import * as z from 'zod';
import { type SourceTree, subTree } from '../source-tree.ts';
import { foldersOf } from './globs.ts';
import { readJson } from './json-file.ts';
import { folderBelow } from './node-config.ts';
import { developmentServer } from './node-development.ts';
import type { Framework } from './node-frameworks.ts';
import { readManifest, scriptOf } from './node-manifest.ts';
import { parents } from './parents.ts';
import type { App } from './provider.ts';

const Options = z.record(z.string(), z.unknown());
const Target = z.looseObject({
  executor: z.string().optional(),
  command: z.string().optional(),
  options: Options.optional(),
  configurations: z.record(z.string(), z.unknown()).optional(),
  defaultConfiguration: z.string().optional(),
});
const Project = z.looseObject({
  name: z.string().optional(),
  projectType: z.string().optional(),
  targets: z.record(z.string(), Target).optional(),
});
type Project = z.infer<typeof Project>;
const NxJson = z.looseObject({ defaultProject: z.string().optional() });
const WorkspaceJson = z.looseObject({ projects: z.record(z.string(), z.unknown()).optional() });

/** The folders of projects, if no file lists them. */
const PLACES = ['apps/*', 'apps/*/*', 'packages/*', 'services/*'];
/**
 * Executors by their output: a Next.js server, a site of files. The third pattern is for the executor that serves the
 * output: it means a server of Node.js.
 */
const NEXT = /^@(nx|nrwl)\/next:build$/;
const SITE = /^@(nx|nrwl)\/(vite|web|react|angular|rspack):|^@angular(-devkit)?\/build/;
const SERVED_BY_NODE = /:node$/;

/** A project that Nx builds, instead of scripts of a `package.json`. */
export interface NxProject {
  /** The workspace's folder. Its tasks run there. */
  readonly root: string;
  readonly framework: Framework;
}

/**
 * The Nx project in an app's folder. If the folder is the workspace's own, the project is the workspace's default
 * project, or the only one that starts. Undefined if a `package.json` itself has a start script. Source: nx.dev,
 * "Project configuration".
 */
export async function nxProject({ source, folder, names }: App): Promise<NxProject | { missing: string } | undefined> {
  const root = await nxRoot(source, folder);
  if (root === undefined) return undefined;
  const tree = subTree(source, root);
  const place = posix.relative(root, folder) || '.';
  if (await startsItself(subTree(source, folder))) return undefined;
  if (names.includes('project.json')) {
    const framework = await frameworkAt(tree, place);
    return framework && { root, framework };
  }
  if (place !== '.') return undefined;
  const wanted = (await readJson(tree, 'nx.json', NxJson, { comments: true }))?.defaultProject;
  const found: { folder: string; framework: Framework; name: string }[] = [];
  for (const [name, each] of await projectsOf(tree)) {
    const framework = await frameworkAt(tree, each, name);
    if (framework !== undefined) found.push({ folder: each, framework, name: name ?? posix.basename(each) });
  }
  const chosen = found.find(({ name }) => name === wanted) ?? (found.length === 1 ? found[0] : undefined);
  if (chosen !== undefined) return { root, framework: chosen.framework };
  if (found.length === 0) return undefined;
  const shown = found.slice(0, 8).map((each) => each.folder);
  return {
    missing: `this workspace of Nx has several apps that start (${shown.join(', ')}); set the service's root folder to the folder of the app to deploy, or "defaultProject" in nx.json`,
  };
}

/** The folder of the Nx workspace that holds a folder, which may be the folder itself. Undefined if there is none. */
export async function nxRoot(source: SourceTree, folder: string): Promise<string | undefined> {
  for (const each of [folder, ...parents(folder)]) if (await source.exists(posix.join(each, 'nx.json'))) return each;
  return undefined;
}

/** Whether a `package.json` has a start script that is not for development. */
async function startsItself(tree: SourceTree): Promise<boolean> {
  const manifest = await readManifest(tree);
  const script = scriptOf(manifest, 'start');
  return script !== undefined && developmentServer(manifest, script) === undefined;
}

/** The projects by folder, with their names from `workspace.json`. */
async function projectsOf(tree: SourceTree): Promise<(readonly [name: string | undefined, folder: string])[]> {
  const listed = (await readJson(tree, 'workspace.json', WorkspaceJson))?.projects ?? {};
  const named = Object.entries(listed).flatMap(([name, folder]) =>
    typeof folder === 'string' && folderBelow(folder) !== undefined ? [[name, folder] as const] : [],
  );
  if (named.length > 0) return named;
  return (await foldersOf(tree, PLACES)).map((folder) => [undefined, folder] as const);
}

/**
 * How a project is built and started. Undefined if the folder is not a project, or if the project has nothing to start.
 */
async function frameworkAt(tree: SourceTree, folder: string, listed?: string): Promise<Framework | undefined> {
  const project = await readJson(tree, posix.join(folder, 'project.json'), Project, { comments: true });
  if (project === undefined || project.projectType === 'library') return undefined;
  const name = project.name ?? listed ?? posix.basename(folder);
  if (!/^[\w@./-]+$/.test(name)) return undefined;
  const { build } = project.targets ?? {};
  const production = build?.configurations?.['production'] !== undefined && build.defaultConfiguration === undefined;
  const common = {
    name: 'nx',
    source: `${posix.join(folder, 'project.json')} > targets`,
    ...(build && { build: `nx run ${name}:build${production ? ':production' : ''}` }),
  };
  const start = startOf(project, folder);
  if (start !== undefined) return { ...common, start };
  const site = siteFolder(project, folder);
  return site === undefined ? undefined : { ...common, site: { folder: site, fallback: true } };
}

function startOf({ targets = {} }: Project, folder: string): string | undefined {
  const { start, build, serve } = targets;
  const line = start && commandOf(start);
  if (line !== undefined && developmentServer({}, line) === undefined) return line;
  const output = outputOf(build, folder);
  if (build?.executor === undefined || output === undefined) return undefined;
  if (NEXT.test(build.executor)) return `next start ${output}`;
  if (!SERVED_BY_NODE.test(serve?.executor ?? '')) return undefined;
  const main = build.options?.['outputFileName'] ?? build.options?.['main'];
  const stem = typeof main === 'string' ? posix.basename(main).replace(/\.[cm]?[jt]s$/, '') : 'main';
  return /^[\w.-]+$/.test(stem) ? `node ${output}/${stem}.js` : undefined;
}

/** The command that a target of `nx:run-commands` runs. Several commands run one after the other. */
function commandOf({ command, options = {} }: z.infer<typeof Target>): string | undefined {
  if (command !== undefined) return command;
  const { command: one, commands } = options;
  if (typeof one === 'string') return one;
  if (!Array.isArray(commands)) return undefined;
  const lines = commands.map((each) => (typeof each === 'string' ? each : Options.safeParse(each).data?.['command']));
  return lines.every((each) => typeof each === 'string') && lines.length > 0 ? lines.join(' && ') : undefined;
}

function siteFolder({ targets = {} }: Project, folder: string): string | undefined {
  const { executor = '' } = targets['build'] ?? {};
  const output = SITE.test(executor) ? outputOf(targets['build'], folder) : undefined;
  return output !== undefined && /:application$/.test(executor) ? `${output}/browser` : output;
}

function outputOf(build: z.infer<typeof Target> | undefined, folder: string): string | undefined {
  const given = build?.options?.['outputPath'];
  const path = typeof given === 'string' ? given : folder === '.' ? 'dist' : `dist/${folder}`;
  const below = folderBelow(path.replace('{workspaceRoot}/', '').replace('{projectRoot}', folder));
  return below !== undefined && /^[\w@./-]+$/.test(below) ? below : undefined;
}
