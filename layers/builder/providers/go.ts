import { posix } from 'node:path';
import type { SourceTree } from '../source-tree.ts';
import { portInSource } from './fixed-port.ts';
import { findMain, mainText, usedModules } from './go-main.ts';
import { findGoVersion, needsC } from './go-module.ts';
import { parents } from './parents.ts';
import { defineProvider } from './provider.ts';

interface Facts {
  readonly module: string | undefined;
  readonly workspace: string | undefined;
  /** The folder of the source that holds the module, or the workspace of the app's folder. */
  readonly root: string;
  /** The main package as an argument of `go build` in `root`; undefined if there is none. */
  readonly target: string | undefined;
  /** The built program, below the app's folder. */
  readonly output: string;
  readonly cgo: boolean;
}

/** Go modules and workspaces. The result is one binary, static unless the app needs C. */
export const go = defineProvider<Facts>({
  name: 'go',
  looksFor: 'go.mod, go.work or main.go',
  startHint: 'a main package in the folder itself or below cmd/',
  async detect({ names, source, folder }) {
    const own = ['go.mod', 'go.work', 'main.go'].find((name) => names.includes(name));
    if (own !== undefined || !names.some((name) => name.endsWith('.go'))) return own;
    const root = await moduleRoot(source, folder);
    return root === undefined ? undefined : posix.join(root, 'go.mod');
  },
  async read({ tree, names, source, folder }) {
    const root = (await workspaceRoot(source, folder)) ?? (await moduleRoot(source, folder)) ?? folder;
    const [module, workspace] = await Promise.all([
      source.read(posix.join(names.includes('go.mod') ? folder : root, 'go.mod')),
      source.read(posix.join(root, 'go.work')),
    ]);
    const found = await findMain(tree, names, module, workspace);
    const below = posix.relative(root, folder);
    const target = found === undefined || below === '' ? found : `./${posix.join(below, found)}`;
    return {
      module,
      workspace,
      root,
      target,
      output: names.includes('out') ? 'gantry-out' : 'out',
      cgo: needsC(module),
    };
  },
  async versions({ module, workspace }, { tree }) {
    return { name: 'go', ...(await findGoVersion(tree, module, workspace)) };
  },
  install({ module, workspace }, { names }) {
    const local = workspace !== undefined || !names.includes('go.mod') || /=>\s*\.{0,2}\//.test(module ?? '');
    const vendored = names.includes('vendor');
    const downloads = (module ?? workspace) !== undefined && !vendored;
    return {
      packageManager: { value: 'go', source: module === undefined ? 'default' : 'go.mod' },
      commands: downloads ? ['go mod download'] : [],
      inputs: local || vendored ? [] : ['go.mod', 'go.sum'].filter((name) => names.includes(name)),
    };
  },
  build({ root, target, output, cgo }, { folder }) {
    const into = posix.join(posix.relative(root, folder), output);
    const flags = '-trimpath -buildvcs=false -ldflags="-s -w"';
    return {
      commands: target === undefined ? [] : [`${cgo ? 'CGO_ENABLED=1 ' : ''}go build ${flags} -o ${into} ${target}`],
      source: target ?? 'default',
    };
  },
  start: ({ target, output }) => (target === undefined ? undefined : { line: `./${output}`, source: target }),
  async port({ root, target }, { source, given }) {
    if (target === undefined || given.start !== undefined) return undefined;
    const place = posix.join(root, target);
    return portInSource(await mainText(source, place.endsWith('.go') ? posix.dirname(place) : place), target);
  },
  caches: () => ({ dependencies: [], caches: ['~/go/pkg/mod', '~/.cache/go-build'] }),
  // A binary that links to the C library runs on the Debian release that it was built on, not on the small image for
  // static binaries.
  packages: ({ cgo }) => ({ build: [], run: cgo ? ['ca-certificates'] : [] }),
  location: ({ root }, { folder }) => ({ root, folder }),
});

/** The parent folder with a `go.work` that uses the app's folder; undefined if there is none. */
async function workspaceRoot(source: SourceTree, folder: string): Promise<string | undefined> {
  for (const parent of parents(folder)) {
    const workspace = await source.read(posix.join(parent, 'go.work'));
    if (workspace === undefined) continue;
    const used = usedModules(workspace).map((path) => posix.join(parent, path));
    return used.some((path) => folder === path || folder.startsWith(`${path}/`)) ? parent : undefined;
  }
  return undefined;
}

/** The nearest folder that is a module: the app's folder or a parent of it. */
async function moduleRoot(source: SourceTree, folder: string): Promise<string | undefined> {
  for (const parent of [folder, ...parents(folder)]) {
    if (await source.exists(posix.join(parent, 'go.mod'))) return parent;
  }
  return undefined;
}
