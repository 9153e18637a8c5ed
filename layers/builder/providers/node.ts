import { posix } from 'node:path';
import { SYSTEM_PATH, TOOLS, type Tool } from '../plan.ts';
import { type SourceTree, subTree } from '../source-tree.ts';
import { invocations } from './node-commands.ts';
import { type Framework, findFramework } from './node-frameworks.ts';
import { installInputs } from './node-install.ts';
import { chooseManager, type NodeManager, otherTool } from './node-manager.ts';
import { dependenciesOf, type PackageJson, readManifest, scriptOf } from './node-manifest.ts';
import { ALL_MEMBERS, type Selection, selectMembers } from './node-members.ts';
import { monorepoStart } from './node-monorepo.ts';
import { moonFramework } from './node-moon.ts';
import { managersCalled, needsDevelopment } from './node-needs.ts';
import { nxProject, nxRoot } from './node-nx.ts';
import { nodePort } from './node-port.ts';
import { findNodeStart, type NodeStart } from './node-start.ts';
import { findNodeVersion, type NodeVersion } from './node-version.ts';
import { findWorkspace, membersNeeded, type Workspace } from './node-workspace.ts';
import { type App, defineProvider } from './provider.ts';
import { shellQuote } from './shell-words.ts';
import { readStaticfile } from './static.ts';
import { SERVER_PATH } from './static-server.ts';

const MAIN_FILES = ['index', 'server', 'app', 'main'].flatMap((stem) =>
  ['js', 'mjs', 'cjs'].map((end) => `${stem}.${end}`),
);

interface Facts {
  /** Whether there is a package.json. */
  readonly packaged: boolean;
  readonly manifest: PackageJson;
  readonly manager: NodeManager;
  readonly version: NodeVersion;
  readonly workspace: Workspace | undefined;
  /** The app's folder, relative to the workspace's (`place`) and to the source (`folder`). */
  readonly place: string;
  readonly folder: string;
  readonly starting: NodeStart;
  readonly framework: Framework | undefined;
  /** Programs that the start command calls. The image must hold them. */
  readonly called: readonly Tool[];
  readonly inputs: readonly string[];
  /** The members of the workspace that are installed. */
  readonly selection: Selection;
  /** Whether the start command needs development dependencies. */
  readonly keepsAll: boolean;
  /** Commands that build the members that the app needs, and then the app itself. */
  readonly build: readonly string[];
  readonly buildSource: string;
  readonly missing: string | undefined;
}

/** Node.js apps, with npm, pnpm, Yarn or Bun, alone or in a workspace. */
export const node = defineProvider<Facts>({
  name: 'node',
  looksFor: 'package.json, or index.js, server.js, app.js or main.js without an index.html',
  startHint: 'a "start" script in package.json',
  async detect({ tree, names, source, folder }) {
    const main = MAIN_FILES.find((file) => names.includes(file));
    if (!names.includes('package.json')) {
      if (names.includes('project.json') && (await nxRoot(source, folder)) !== undefined) return 'project.json';
      return names.includes('index.html') ? undefined : main;
    }
    const { scripts } = await readManifest(tree);
    const other = ['requirements.txt', 'uv.lock', 'poetry.lock', 'manage.py'].some((name) => names.includes(name));
    if (other && scripts?.['start'] === undefined) return undefined;
    const site = names.includes('index.html') && scripts?.['start'] === undefined && scripts?.['build'] === undefined;
    return site && main === undefined ? undefined : 'package.json';
  },
  read,
  versions: ({ version: { name, version, versionSource } }) => ({ name, version, versionSource }),
  install({ packaged, manifest, manager, called, inputs, version, workspace, selection }) {
    const own = manager.tool === undefined ? [] : [manager.tool];
    const installs = workspace !== undefined || Object.keys(dependenciesOf(manifest)).length > 0;
    const tools = [...own, ...called.filter(({ name }) => name !== manager.tool?.name)];
    return {
      ...(packaged && { packageManager: { value: manager.name, source: manager.source } }),
      tools: tools.map((tool) => (called.some(({ name }) => name === tool.name) ? { ...tool, inImage: true } : tool)),
      commands: packaged ? [manager.install + selection.flags] : [],
      inputs,
      notes: [
        ...(manager.note !== undefined && installs ? [manager.note] : []),
        ...(version.note === undefined ? [] : [version.note]),
        ...(selection.note === undefined ? [] : [selection.note]),
      ],
    };
  },
  build({ manifest, manager, build, buildSource, keepsAll, starting, workspace, selection }, { given }) {
    const may = manager.prune !== undefined && (workspace === undefined || manager.prunesWorkspaces);
    const all = [
      manifest,
      ...(workspace === undefined ? [] : [workspace, ...workspace.members].map((each) => each.manifest)),
    ];
    const some = all.some((each) => Object.keys(each.devDependencies ?? {}).length > 0);
    const wants = some && given.prune && !keepsAll && starting.site === undefined;
    const prunes = wants && may;
    const stay =
      wants && !may && workspace !== undefined
        ? [
            `development dependencies stay in the image, because ${manager.name} cannot remove them from a workspace safely`,
          ]
        : [];
    return {
      commands: build,
      source: buildSource,
      prune: prunes ? [(manager.prune ?? '') + selection.flags] : [],
      notes: [...starting.notes, ...stay],
    };
  },
  start: ({ starting }) => starting.start,
  missing: ({ missing }) => missing,
  caches({ packaged, manager, place, framework, workspace }) {
    if (!packaged) return { dependencies: [], caches: [] };
    const folders = ['.', ...(workspace?.members ?? []).map(({ folder }) => folder)];
    const own = framework?.name === 'next' ? ['.next/cache'] : [];
    return {
      dependencies: folders.map((folder) => posix.join(folder, 'node_modules')),
      caches: [manager.cacheFolder, 'node_modules/.cache', ...own.map((folder) => posix.join(place, folder))],
    };
  },
  env({ packaged, starting, called, place }) {
    const programs = place === '.' ? ['node_modules/.bin'] : [`${place}/node_modules/.bin`, 'node_modules/.bin'];
    const brought = called.length > 0 ? [`${TOOLS}/node_modules/.bin`] : [];
    const folders = [...(packaged && starting.site === undefined ? programs : []), ...brought];
    return {
      NODE_ENV: 'production',
      ...(folders.length > 0 && { PATH: [...folders.map((folder) => `/app/${folder}`), SYSTEM_PATH].join(':') }),
      ...starting.framework?.env,
    };
  },
  site: ({ starting, place }) => starting.site && { ...starting.site, folder: posix.join(place, starting.site.folder) },
  port({ packaged, manifest, starting }, { tree, given }) {
    const start = given.start === undefined ? starting.start : { line: given.start, source: 'the start command' };
    if (start === undefined || (given.start === undefined && starting.site !== undefined)) return undefined;
    return nodePort(tree, packaged ? manifest : {}, start);
  },
  location: ({ workspace, folder }) => ({ root: workspace?.root ?? folder, folder }),
});

async function read(app: App): Promise<Facts> {
  const project = await nxProject(app);
  if (project !== undefined && 'root' in project) {
    const tree = subTree(app.source, project.root);
    const top = { ...app, folder: project.root, tree, names: await tree.list('.') };
    return readAt(top, await findWorkspace(top), project.framework);
  }
  const workspace = await findWorkspace(app);
  const chosen =
    workspace === undefined || app.given.start !== undefined ? undefined : await monorepoStart(app, workspace);
  if (chosen?.folder !== undefined) {
    const tree = subTree(app.source, chosen.folder);
    return { ...(await readAt({ ...app, folder: chosen.folder, tree, names: await tree.list('.') }, workspace)) };
  }
  const missing = project?.missing ?? chosen?.missing;
  return { ...(await readAt(app, workspace)), ...(missing !== undefined && { missing }) };
}

/** `runner` is a task runner's part. It replaces the scripts of the app's `package.json`. */
async function readAt(app: App, workspace: Workspace | undefined, runner?: Framework): Promise<Facts> {
  const { tree, names, folder, given } = app;
  const written = await readManifest(tree);
  const manifest = runner === undefined ? written : { ...written, scripts: {} };
  const top = workspace ?? { tree, names, manifest: written };
  const manager = await chooseManager(top.tree, top.names, top.manifest);
  const place = workspace === undefined ? '.' : posix.relative(workspace.root, folder) || '.';
  const packages = new Set(Object.keys(dependenciesOf(manifest)));
  const buildScript = scriptOf(manifest, 'build');
  const buildLine = invocations(manifest, buildScript ?? '')
    .map(({ words }) => words.join(' '))
    .join(' && ');
  const own = runner ?? (await moonProject(app, workspace, place, manifest));
  const framework =
    own ??
    (await findFramework({
      ...{ tree, names, manifest, packages, place },
      buildLine: `${buildScript ?? ''} && ${buildLine}`,
    }));
  const found = await findNodeStart(app, manifest, framework, manager.name);
  const starting = await withStaticfile(tree, found);
  const line = given.start ?? starting.start?.line ?? '';
  const called = [...managersCalled(manifest, generated(line, manager.name))].map((name) =>
    manager.tool?.name === name ? manager.tool : otherTool(name),
  );
  const tool = given.start === undefined ? starting.framework?.tool : undefined;
  const places = [{ tree, manifest, folder: place === '.' ? '' : place }];
  if (workspace !== undefined && place !== '.') places.push({ ...workspace, folder: '' });
  return {
    ...{
      packaged: top.names.includes('package.json'),
      manifest,
      manager,
      workspace,
      place,
      folder,
      framework,
      starting,
    },
    version: await findNodeVersion(places),
    called: tool === undefined ? called : [...called, tool],
    inputs: await installInputs(top.tree, top.names, top.manifest, manager, workspace),
    keepsAll: await needsDevelopment(tree, manifest, generated(line, manager.name)),
    ...buildOf({ manifest, manager, workspace, place, starting, buildScript }),
    selection:
      workspace === undefined || runner !== undefined || own !== undefined || !given.prune
        ? ALL_MEMBERS
        : await selectMembers({ workspace, place, manager, lines: [...given.commands, line, buildLine] }),
    missing: undefined,
  };
}

/** The project that moon builds and starts. Undefined if scripts of the app do so. */
async function moonProject(
  { names }: App,
  workspace: Workspace | undefined,
  place: string,
  manifest: PackageJson,
): Promise<Framework | undefined> {
  const scripted = ['start', 'build'].some((name) => scriptOf(manifest, name) !== undefined);
  if (scripted || workspace === undefined || !names.includes('moon.yml')) return undefined;
  return moonFramework(workspace.tree, place);
}

/** The plan shows `pnpm run start`, but the image runs the script with npm, which it has. */
function generated(line: string, manager: string): string {
  return line.startsWith(`${manager} run `) ? `npm run ${line.slice(`${manager} run `.length)}` : line;
}

/** A `Staticfile` next to a site names the folder that the build writes. */
async function withStaticfile(tree: SourceTree, starting: NodeStart): Promise<NodeStart> {
  const folder = starting.site === undefined ? undefined : await readStaticfile(tree, false);
  if (folder === undefined || starting.site === undefined) return starting;
  const command = ['node', SERVER_PATH, folder];
  return {
    ...starting,
    site: { ...starting.site, folder },
    start: { line: command.join(' '), source: 'Staticfile', command },
  };
}

interface BuildParts {
  readonly manifest: PackageJson;
  readonly manager: NodeManager;
  readonly workspace: Workspace | undefined;
  readonly place: string;
  readonly starting: NodeStart;
  readonly buildScript: string | undefined;
}

function buildOf({ manifest, manager, workspace, place, starting, buildScript }: BuildParts): {
  build: string[];
  buildSource: string;
} {
  const { framework } = starting;
  const run = `${manager.name} run build`;
  const into = (folder: string, line: string) => (folder === '.' ? line : `cd ${shellQuote(folder)} && ${line}`);
  const needed = workspace === undefined || place === '.' ? [] : membersNeeded(workspace, place).slice(0, -1);
  const others = needed.filter((member) => scriptOf(member.manifest, 'build') !== undefined);
  const own = buildScript === undefined ? framework?.build : run;
  const line = own === undefined ? [] : [framework?.buildEnv === undefined ? own : `${framework.buildEnv} ${own}`];
  const lines = [...line, ...(framework?.after ?? [])].map((each) => into(place, each));
  const turbo = workspace !== undefined && place !== '.' && workspace.names.includes('turbo.json') && others.length > 0;
  const orchestrated = turbo && dependenciesOf(workspace.manifest)['turbo'] !== undefined && buildScript !== undefined;
  const all =
    buildScript === undefined && scriptOf(manifest, 'build') === undefined && workspace !== undefined && place === '.';
  const whole =
    all && workspace.names.includes('turbo.json') && dependenciesOf(workspace.manifest)['turbo'] !== undefined;
  if (whole) return { build: ['turbo run build'], buildSource: 'turbo.json' };
  return {
    build: orchestrated
      ? [`turbo run build --filter=./${shellQuote(place)}`, ...lines.slice(1)]
      : [...others.map((member) => into(member.folder, run)), ...lines],
    buildSource:
      buildScript === undefined
        ? (framework?.source ?? `package.json > ${framework?.name ?? 'scripts'}`)
        : 'package.json > scripts > build',
  };
}
