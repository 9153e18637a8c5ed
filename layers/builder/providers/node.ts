import * as z from 'zod';
import { BuildError, errorMessage } from '../build-error.ts';
import { commandVector, SYSTEM_PATH, TOOLS, type Tool, toolInstallation } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { chooseManager, type NodeManager } from './node-manager.ts';
import { DEFAULT_NODE, resolveNodeVersion } from './node-version.ts';
import { defineProvider, type Given, type Start } from './provider.ts';
import { SERVER_PATH } from './static-server.ts';

const Texts = z.record(z.string(), z.string());
const PackageJson = z.looseObject({
  main: z.string().optional(),
  scripts: Texts.optional(),
  packageManager: z.string().optional().catch(undefined),
  engines: z.looseObject({ node: z.string().optional() }).optional().catch(undefined),
  dependencies: Texts.optional(),
  devDependencies: Texts.optional(),
  optionalDependencies: Texts.optional(),
  workspaces: z.unknown().optional(),
});
type PackageJson = z.infer<typeof PackageJson>;

const MAIN_FILES = ['index.js', 'server.js', 'index.mjs', 'server.mjs', 'index.cjs', 'server.cjs'];
/** The first that an app has says how to start it. Astro without an adapter makes files alone, and so does Vite from a page; a framework on Vite has none. */
const FRAMEWORK_STARTS: readonly (readonly [string, string])[] = [
  ['nuxt', 'node .output/server/index.mjs'],
  ['@sveltejs/adapter-node', 'node build'],
  ['@astrojs/node', 'node dist/server/entry.mjs'],
  ['@sveltejs/adapter-static', `node ${SERVER_PATH} build`],
  ['astro', `node ${SERVER_PATH} dist`],
  ['vite', `node ${SERVER_PATH} dist`],
];
const INSTALL_HOOKS = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];

interface Facts {
  readonly packaged: boolean;
  readonly manifest: PackageJson;
  readonly manager: NodeManager;
  readonly start: Start | undefined;
  /** The package manager that the start command calls. */
  readonly called: Tool | undefined;
}

/** Node.js apps, with npm, pnpm or Yarn. */
export const node = defineProvider<Facts>({
  name: 'node',
  looksFor: 'package.json, or server.js or index.js without an index.html',
  startHint: 'a "start" script in package.json',
  async detect({ tree, names }) {
    const main = MAIN_FILES.find((file) => names.includes(file));
    if (!names.includes('package.json')) return names.includes('index.html') ? undefined : main;
    const { scripts } = await readPackage(tree);
    const other = ['requirements.txt', 'uv.lock', 'poetry.lock', 'manage.py'].some((name) => names.includes(name));
    if (other && scripts?.start === undefined) return undefined;
    const site = names.includes('index.html') && scripts?.start === undefined && scripts?.build === undefined;
    return site && main === undefined ? undefined : 'package.json';
  },
  async read({ tree, names, given }) {
    const manifest = await readPackage(tree);
    const manager = await chooseManager(tree, manifest);
    const start = await findStart(tree, manifest, manager.name);
    const called = callsManager(manifest, given.start ?? start?.line) ? manager.tool : undefined;
    return { packaged: names.includes('package.json'), manifest, manager, start, called };
  },
  async versions({ manifest }, { tree }) {
    return { name: 'node', ...(await findVersion(tree, manifest)) };
  },
  install({ packaged, manifest, manager }, { names }) {
    return {
      ...(packaged && { packageManager: { value: manager.name, source: manager.source } }),
      tools: manager.tool === undefined ? [] : [manager.tool],
      commands: packaged ? [manager.install] : [],
      inputs: installInputs(names, manifest, manager),
      notes: manager.note !== undefined && Object.keys(dependenciesOf(manifest)).length > 0 ? [manager.note] : [],
    };
  },
  build: ({ manifest, manager, called, start }, { given }) => ({
    commands: [
      ...(manifest.scripts?.build === undefined ? [] : [`${manager.name} run build`]),
      ...(called === undefined ? [] : [toolInstallation(called)]),
    ],
    source: 'package.json > scripts > build',
    prune: manager.prune !== undefined && prunes(manifest, given, start) ? [manager.prune] : [],
  }),
  start: ({ start }) => start,
  caches: ({ packaged, manager }) => ({
    dependencies: packaged ? ['node_modules'] : [],
    caches: packaged ? [manager.cacheFolder, 'node_modules/.cache'] : [],
  }),
  env: ({ called }) => ({
    NODE_ENV: 'production',
    ...(called !== undefined && { PATH: `/app/${TOOLS}/node_modules/.bin:${SYSTEM_PATH}` }),
  }),
  staticRoot: ({ start }) => (start?.command?.[1] === SERVER_PATH ? start.command[2] : undefined),
});

async function readPackage(tree: SourceTree): Promise<PackageJson> {
  const text = await tree.read('package.json');
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BuildError(`package.json is not valid JSON: ${errorMessage(error)}`);
  }
  const result = PackageJson.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BuildError(
    `package.json is not valid: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'wrong shape'}`,
  );
}

async function findVersion(
  tree: SourceTree,
  manifest: PackageJson,
): Promise<{ version: string; versionSource: string }> {
  const requests: readonly (readonly [string, string | undefined])[] = [
    ['package.json > engines > node', manifest.engines?.node],
    ['.nvmrc', await tree.read('.nvmrc')],
    ['.node-version', await tree.read('.node-version')],
  ];
  for (const [versionSource, request] of requests) {
    if (request !== undefined) return { version: resolveNodeVersion(request, versionSource), versionSource };
  }
  return { version: DEFAULT_NODE, versionSource: 'default' };
}

async function findStart(tree: SourceTree, manifest: PackageJson, manager: string): Promise<Start | undefined> {
  const scripts = manifest.scripts ?? {};
  if (scripts.start !== undefined) {
    const command = directCommand(scripts) ?? ['npm', 'run', 'start'];
    return { line: `${manager} run start`, source: 'package.json > scripts > start', command };
  }
  const main = manifest.main?.replace(/^\.\//, '');
  if (main !== undefined && (await tree.exists(main))) {
    return { line: `node ${main}`, source: 'package.json > main', command: ['node', main] };
  }
  const framework = frameworkStart(manifest, await tree.exists('index.html'));
  if (framework !== undefined) return framework;
  const names = await tree.list('.');
  const file = MAIN_FILES.find((name) => names.includes(name));
  return file === undefined ? undefined : { line: `node ${file}`, source: file };
}

/** A framework whose build leaves a server, or files for the builder's own server, at a place that everybody knows. */
function frameworkStart(manifest: PackageJson, page: boolean): Start | undefined {
  if (manifest.scripts?.build === undefined) return undefined;
  const names = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }));
  const [name, line] = FRAMEWORK_STARTS.find(([known]) => names.has(known) && (known !== 'vite' || page)) ?? [];
  if (name === undefined || line === undefined) return undefined;
  return { line, source: `package.json > ${name}`, command: commandVector(line) };
}

/**
 * A start script that only calls `node`, with variables before it or not, runs without npm around it: the app itself receives the stop signal,
 * which the shell of npm would die of; it starts sooner and does not pay for a second process. Others run by npm whatever manager installed: every image of Node.js has it.
 */
function directCommand(scripts: Readonly<Record<string, string>>): string[] | undefined {
  if (scripts.prestart !== undefined || scripts.poststart !== undefined) return undefined;
  const line = (scripts.start ?? '').trim().replace(/^cross-env(?=\s+\w+=)/, 'env');
  const command = /^(?:env\s+)?(?:\w+=\S*\s+)*node\s/.test(line) ? commandVector(line) : undefined;
  return command?.[0] !== 'sh' || command[2]?.startsWith('exec ') ? command : undefined;
}

function dependenciesOf({ dependencies, devDependencies, optionalDependencies }: PackageJson) {
  return { ...dependencies, ...devDependencies, ...optionalDependencies };
}

/** An install that runs the app's own scripts, or links its own folders, may read any part of the source. */
function installInputs(names: readonly string[], manifest: PackageJson, manager: NodeManager): string[] {
  const scripts = manifest.scripts ?? {};
  const local = Object.values(dependenciesOf(manifest)).some((version) =>
    /^(file|link|portal|patch|workspace):|^[./~]/.test(version),
  );
  if (manifest.workspaces !== undefined || local || INSTALL_HOOKS.some((hook) => scripts[hook] !== undefined))
    return [];
  if (manager.inputs.length === 0 || names.includes('patches')) return [];
  return ['package.json', ...manager.inputs].filter((name) => names.includes(name));
}

/** Development dependencies leave the image, unless the start command runs one of them, or one by way of a script. */
function prunes(manifest: PackageJson, given: Given, start: Start | undefined): boolean {
  const names = Object.keys(manifest.devDependencies ?? {});
  if (names.length === 0 || !given.prune) return false;
  const line = words(given.start ?? start?.line ?? '');
  const scripts = line.flatMap((word) => words(scriptOf(manifest, word)));
  return ![...line, ...scripts].some((word) => word === 'npx' || names.includes(word));
}

/** Whether a start command, or a script that it runs, calls a package manager that the image would not have. */
function callsManager(manifest: PackageJson, line: string | undefined): boolean {
  const called = words(line ?? '');
  const own = line === undefined || /^(pnpm|yarn) run start$/.test(line);
  const scripts = called.flatMap((word) => words(scriptOf(manifest, word)));
  return [...(own ? [] : called), ...scripts].some((word) => word === 'pnpm' || word === 'yarn');
}

/** A script by any word of a command, which may be a name that every object has; empty where there is none. */
function scriptOf({ scripts = {} }: PackageJson, word: string): string {
  return Object.hasOwn(scripts, word) ? (scripts[word] ?? '') : '';
}

function words(line: string): string[] {
  return line.split(/[\s/;&|]+/);
}
