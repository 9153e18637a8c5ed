import { commandVector } from '../plan.ts';
import { invocations } from './node-commands.ts';
import { developmentServer, productionScript, withoutWatching } from './node-development.ts';
import type { Framework } from './node-frameworks.ts';
import { type PackageJson, scriptOf } from './node-manifest.ts';
import type { App, Site, Start } from './provider.ts';
import { SERVER_PATH } from './static-server.ts';

const STEMS = ['index', 'server', 'app', 'main', 'src/index', 'src/server', 'src/app', 'src/main'];
/** Folders that a build writes. A main file in them need not be in the source. */
const BUILT = /^(dist|build|out|lib|\.output|output|release|bin|es|cjs|esm)\//;

/** How an app starts, and the facts about the start that the build needs. */
export interface NodeStart {
  readonly start: Start | undefined;
  /** The framework, if its result is what starts. */
  readonly framework: Framework | undefined;
  readonly site: Site | undefined;
  readonly notes: readonly string[];
}

/**
 * The start of an app. First its `start` script, unless that is a development server or cannot serve the result of the
 * build. Then a script for production, then the framework's own server or site. Last `main`, and files with common
 * names.
 */
export async function findNodeStart(
  app: App,
  manifest: PackageJson,
  framework: Framework | undefined,
  manager: string,
): Promise<NodeStart> {
  const builds = scriptOf(manifest, 'build') !== undefined;
  const script = scriptOf(manifest, 'start');
  const server = script === undefined ? undefined : developmentServer(manifest, script);
  const notes: string[] = [];
  if (script !== undefined && server === undefined && !isUnfit(manifest, script, framework)) {
    const watched = withoutWatching(script);
    if (watched === undefined)
      return { start: scriptStart(manifest, 'start', manager), framework: undefined, site: undefined, notes };
    notes.push(
      `the start script watches its files, which helps only developers; the app starts with "${watched}" instead`,
    );
    const start = { line: watched, source: 'package.json > scripts > start' };
    return { start, framework: undefined, site: undefined, notes };
  }
  if (server !== undefined) notes.push(developmentNote(server));
  const other = server === undefined ? undefined : productionScript(manifest);
  if (other !== undefined)
    return { start: scriptStart(manifest, other, manager), framework: undefined, site: undefined, notes };
  const made =
    framework !== undefined &&
    (builds || server !== undefined || script !== undefined || framework.build !== undefined);
  const said = framework?.source ?? `package.json > ${framework?.name}`;
  const main = await mainFile(app, manifest, builds);
  const file = main ?? (await firstFile(app));
  if (made && framework.site !== undefined && main?.exists !== true && (builds || file === undefined)) {
    return { ...served(framework.site, said), framework, notes };
  }
  if (made && framework.start !== undefined) {
    const line = framework.start;
    return { start: { line, source: said }, framework, site: undefined, notes };
  }
  if (file === undefined) return { start: undefined, framework: undefined, site: undefined, notes };
  return { start: fileStart(file.path, file.source, manager, app), framework: undefined, site: undefined, notes };
}

function developmentNote(server: string): string {
  return `the start script runs "${server}", a development server; the app starts from the result of its build instead. To change this, set the start command`;
}

/** The files of a site, served by the builder's own server. */
function served(site: Site, source: string): { readonly start: Start; readonly site: Site } {
  const command = ['node', SERVER_PATH, site.folder];
  return { start: { line: command.join(' '), source, command }, site };
}

function isUnfit(manifest: PackageJson, script: string, framework: Framework | undefined): boolean {
  if (framework?.cannotServe === undefined) return false;
  const last = invocations(manifest, script).at(-1)?.program.split('/').at(-1);
  return last === framework.cannotServe;
}

/**
 * A start script that only calls `node`, perhaps with variables before it, runs without npm. The app itself then
 * receives the stop signal, which would kill npm's shell. The app also starts sooner, without a second process. Other
 * scripts run with npm, whichever manager installed, because every Node.js image has npm.
 */
function scriptStart(manifest: PackageJson, name: string, manager: string): Start {
  const alone = [`pre${name}`, `post${name}`].every((each) => scriptOf(manifest, each) === undefined);
  const line = (scriptOf(manifest, name) ?? '').trim().replace(/^cross-env(?=\s+\w+=)/, 'env');
  const vector = alone && /^(?:env\s+)?(?:\w+=\S*\s+)*node\s/.test(line) ? commandVector(line) : undefined;
  const direct = vector?.[0] !== 'sh' || vector[2]?.startsWith('exec ') ? vector : undefined;
  const command = direct ?? ['npm', 'run', name];
  return { line: `${manager} run ${name}`, source: `package.json > scripts > ${name}`, command };
}

interface Entry {
  readonly path: string;
  readonly source: string;
  /** False for a file that the build makes. */
  readonly exists: boolean;
}

async function mainFile({ tree }: App, manifest: PackageJson, builds: boolean): Promise<Entry | undefined> {
  for (const field of ['main', 'module'] as const) {
    const path = manifest[field]?.replace(/^\.\//, '');
    if (path === undefined || path === '' || path.startsWith('/') || path.split('/').includes('..')) continue;
    const source = `package.json > ${field}`;
    for (const each of [path, `${path}.js`, `${path}/index.js`])
      if (await tree.exists(each)) return { path: each, source, exists: true };
    if (builds && BUILT.test(path)) return { path, source, exists: false };
  }
  return undefined;
}

async function firstFile({ tree }: App): Promise<Entry | undefined> {
  for (const endings of [
    ['js', 'mjs', 'cjs'],
    ['ts', 'mts', 'tsx'],
  ]) {
    for (const stem of STEMS) {
      for (const ending of endings) {
        const path = `${stem}.${ending}`;
        if (await tree.exists(path)) return { path, source: path, exists: true };
      }
    }
  }
  return undefined;
}

/** Node.js runs TypeScript directly since version 22; Bun always has. */
function fileStart(path: string, source: string, manager: string, app: App): Start {
  const bun = manager === 'bun' && (/\.[mc]?tsx?$/.test(path) || app.names.includes('bunfig.toml'));
  return { line: `${bun ? 'bun' : 'node'} ${path}`, source };
}
