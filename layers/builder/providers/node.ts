import * as z from 'zod';
import { BuildError, errorMessage } from '../build-error.ts';
import { commandVector } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { DEFAULT_NODE, resolveNodeVersion } from './node-version.ts';
import type { Given, Provider, Start } from './provider.ts';

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
const INSTALL_HOOKS = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
const OTHER_LOCKS: Readonly<Record<string, string>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'Yarn',
  'bun.lock': 'Bun',
  'bun.lockb': 'Bun',
};

/** Node.js apps whose dependencies npm installs. */
export const node: Provider = {
  name: 'node',
  looksFor: 'package.json, or server.js or index.js without an index.html',
  startHint: 'a "start" script in package.json',
  async detect(tree) {
    const names = await tree.list('.');
    if (!names.includes('package.json')) {
      return !names.includes('index.html') && MAIN_FILES.some((file) => names.includes(file));
    }
    const { scripts } = await readPackage(tree);
    const site = names.includes('index.html') && scripts?.start === undefined && scripts?.build === undefined;
    return !site || MAIN_FILES.some((file) => names.includes(file));
  },
  async plan(tree, given) {
    const names = await tree.list('.');
    const packaged = names.includes('package.json');
    const manifest = await readPackage(tree);
    const locked = names.includes('package-lock.json') || names.includes('npm-shrinkwrap.json');
    if (!locked) refuseOtherManagers(names, manifest);
    const start = await findStart(tree, manifest);
    return {
      runtime: { name: 'node', ...(await findVersion(tree, manifest)) },
      ...(packaged && { packageManager: 'npm' as const }),
      installInputs: installInputs(names, manifest),
      install: packaged ? [locked ? 'npm ci' : 'npm install'] : [],
      build: manifest.scripts?.build === undefined ? [] : ['npm run build'],
      prune: prunes(manifest, given, start) ? ['npm prune --omit=dev'] : [],
      start,
      dependencyFolders: packaged ? ['node_modules'] : [],
      cacheFolders: packaged ? ['~/.npm', 'node_modules/.cache'] : [],
      env: { NODE_ENV: 'production' },
    };
  },
};

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

/** Without a lock file of npm's own, npm would install versions that nobody tested in place of another manager's. */
function refuseOtherManagers(names: readonly string[], manifest: PackageJson): void {
  const lock = names.find((name) => OTHER_LOCKS[name] !== undefined);
  const named = /^(pnpm|yarn|bun)@/.exec(manifest.packageManager ?? '')?.[1];
  if (lock === undefined && named === undefined) return;
  const reason =
    lock === undefined ? `package.json > packageManager names ${named}` : `${lock} belongs to ${OTHER_LOCKS[lock]}`;
  throw new BuildError(
    `${reason}, which is not supported yet; run "npm install" and commit package-lock.json in its place`,
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

async function findStart(tree: SourceTree, manifest: PackageJson): Promise<Start | undefined> {
  const scripts = manifest.scripts ?? {};
  if (scripts.start !== undefined) {
    const command = directCommand(scripts);
    return { line: 'npm run start', source: 'package.json > scripts > start', ...(command && { command }) };
  }
  const main = manifest.main?.replace(/^\.\//, '');
  if (main !== undefined && (await tree.exists(main))) {
    return { line: `node ${main}`, source: 'package.json > main', command: ['node', main] };
  }
  const names = await tree.list('.');
  const file = MAIN_FILES.find((name) => names.includes(name));
  return file === undefined ? undefined : { line: `node ${file}`, source: file };
}

/**
 * A start script that only calls `node` runs without npm around it: the app itself receives the stop signal, starts
 * sooner and does not pay for a second process.
 */
function directCommand(scripts: Readonly<Record<string, string>>): string[] | undefined {
  if (scripts.prestart !== undefined || scripts.poststart !== undefined) return undefined;
  const words = commandVector(scripts.start ?? '');
  return words[0] === 'node' ? words : undefined;
}

/** An install that runs the app's own scripts, or links its own folders, may read any part of the source. */
function installInputs(names: readonly string[], manifest: PackageJson): string[] {
  const scripts = manifest.scripts ?? {};
  const versions = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const local = Object.values(versions).some((version) => /^(file|link):|^[./~]/.test(version));
  if (manifest.workspaces !== undefined || local || INSTALL_HOOKS.some((hook) => scripts[hook] !== undefined))
    return [];
  return ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc'].filter((name) => names.includes(name));
}

/** Development dependencies leave the image, unless the start command runs one of them, or one by way of a script. */
function prunes(manifest: PackageJson, given: Given, start: Start | undefined): boolean {
  const names = Object.keys(manifest.devDependencies ?? {});
  if (names.length === 0 || !given.prune) return false;
  const line = words(given.start ?? start?.line ?? '');
  const scripts = line.flatMap((word) => words(manifest.scripts?.[word] ?? ''));
  return ![...line, ...scripts].some((word) => word === 'npx' || names.includes(word));
}

function words(line: string): string[] {
  return line.split(/[\s/;&|]+/);
}
