import * as z from 'zod';
import { SYSTEM_PATH, TOOLS, type Tool } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';
import { readJson } from './json-file.ts';
import { defineProvider, type Start } from './provider.ts';
import { toolVersion, versionFile } from './version-files.ts';

const DEFAULT_DENO = '2';
const MAIN_FILES = ['main.ts', 'main.js', 'main.mjs', 'main.mts', 'main.tsx', 'server.ts', 'server.js', 'mod.ts'];
const FOLDERS = ['', 'src/'];
/** The packages of npm that hold Deno's program, one for each processor. */
const PROGRAMS = ['@deno/linux-x64-glibc', '@deno/linux-arm64-glibc'];
/** Start commands for development: they restart at each change, or call themselves a development server. */
const DEVELOPMENT = /(^|\s)--(watch|watch-hmr)\b|\bdev\.ts\b|\bvite(\s+dev)?(\s|$)/;
const Task = z.union([z.string(), z.looseObject({ command: z.string().optional() })]);
const Config = z.looseObject({ tasks: z.record(z.string(), Task).optional(), workspace: z.unknown().optional() });

interface Facts {
  readonly file: string | undefined;
  readonly tasks: ReadonlyMap<string, string>;
  readonly main: string | undefined;
  readonly version: { readonly version: string; readonly versionSource: string };
  readonly tool: Tool;
}

/**
 * Deno apps. Deno comes from npm. Imports are cached below the app's folder, because the image has no network when it
 * starts.
 */
export const deno = defineProvider<Facts>({
  name: 'deno',
  looksFor: 'deno.json, deno.jsonc or deno.lock',
  startHint: 'a "start" task in deno.json, or a main.ts',
  async detect({ tree, names }) {
    const own = ['deno.json', 'deno.jsonc', 'deno.lock'].find((name) => names.includes(name));
    if (own === 'deno.lock' || !names.includes('package.json')) return own ?? (await importingMain(tree, names));
    return own !== undefined && (await readConfig(tree, names)).tasks.has('start') ? own : undefined;
  },
  async read({ tree, names }) {
    const { file, tasks } = await readConfig(tree, names);
    const version = await findVersion(tree);
    const tool: Tool = { name: 'deno', registry: 'npm', package: 'deno', version: version.version, inImage: true };
    return { file, tasks, version, tool, main: (await mainFile(tree)) ?? (await importingMain(tree, names)) };
  },
  versions: ({ version }) => ({ name: 'deno', ...version }),
  install: ({ file, tool }) => ({
    packageManager: { value: 'deno', source: file ?? 'default' },
    tools: [tool],
    commands: [],
    inputs: [],
  }),
  build({ file, tasks, main }) {
    const build = tasks.has('build') ? ['deno task build'] : [];
    const held = main === undefined ? [] : [`deno cache ${main}`];
    // The program itself remains, and needs no Node.js.
    const prune = [`rm -rf ${TOOLS}/node_modules/deno ${TOOLS}/node_modules/.bin`];
    return { commands: [...held, ...build], source: file ?? main ?? 'default', prune };
  },
  start: ({ file, tasks, main }) => findStart(file, tasks, main),
  caches: () => ({ dependencies: [], caches: [] }),
  packages: () => ({ build: [], run: ['ca-certificates'] }),
  env: () => ({
    DENO_DIR: '.deno',
    DENO_NO_UPDATE_CHECK: '1',
    PATH: `${PROGRAMS.map((folder) => `/app/${TOOLS}/node_modules/${folder}:`).join('')}${SYSTEM_PATH}`,
  }),
});

function findStart(file: string | undefined, tasks: Facts['tasks'], main: string | undefined): Start | undefined {
  const task = tasks.get('start');
  if (task !== undefined && !DEVELOPMENT.test(task))
    return { line: 'deno task start', source: `${file} > tasks > start` };
  return main === undefined ? undefined : { line: `deno run --allow-all ${main}`, source: main };
}

async function readConfig(tree: SourceTree, names: readonly string[]): Promise<Pick<Facts, 'file' | 'tasks'>> {
  const file = ['deno.json', 'deno.jsonc'].find((name) => names.includes(name));
  const config = file === undefined ? undefined : await readJson(tree, file, Config, { comments: true });
  const tasks = Object.entries(config?.tasks ?? {}).map(
    ([name, task]) => [name, typeof task === 'string' ? task : (task.command ?? '')] as const,
  );
  return { file, tasks: new Map(tasks) };
}

async function mainFile(tree: SourceTree): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    for (const name of MAIN_FILES) if (await tree.exists(folder + name)) return folder + name;
  }
  return undefined;
}

/** A main file that imports by URL, as only Deno does. */
async function importingMain(tree: SourceTree, names: readonly string[]): Promise<string | undefined> {
  const inside = names.includes('src') ? (await tree.list('src')).map((name) => `src/${name}`) : [];
  const scripts = [...names, ...inside].filter((name) =>
    /(^|\/)(main|index|mod|server|app)\.(ts|js|mjs|mts)$/.test(name),
  );
  for (const path of scripts) {
    if (/^import\b.*['"](https:\/\/(deno\.land|jsr\.io|esm\.sh)\/|jsr:|npm:)/m.test((await tree.read(path)) ?? ''))
      return path;
  }
  return undefined;
}

async function findVersion(tree: SourceTree): Promise<{ version: string; versionSource: string }> {
  for (const asked of [
    await toolVersion(tree, ['deno']),
    await versionFile(tree, '.deno-version'),
    await versionFile(tree, '.dvmrc'),
  ]) {
    const version = /^v?(\d+(?:\.\d+){0,2})$/.exec(asked?.value ?? '')?.[1];
    if (asked !== undefined && version !== undefined) return { version, versionSource: asked.source };
  }
  return { version: DEFAULT_DENO, versionSource: 'default' };
}
