import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import { defineProvider } from './provider.ts';

const DEFAULT_GO = '1.26';
/** Which of several commands below `cmd/` is the service, in order. */
const COMMANDS = ['server', 'web', 'api', 'app', 'main'];

interface Facts {
  readonly module: string | undefined;
  readonly workspace: string | undefined;
  /** The main package, or undefined where there is none. */
  readonly target: string | undefined;
  readonly output: string;
}

/** Go modules and workspaces: one static binary. */
export const go = defineProvider<Facts>({
  name: 'go',
  looksFor: 'go.mod, go.work or main.go',
  startHint: 'a main package in the folder itself or below cmd/',
  detect: ({ names }) => ['go.mod', 'go.work', 'main.go'].find((name) => names.includes(name)),
  async read({ tree, names }) {
    const [module, workspace] = [await tree.read('go.mod'), await tree.read('go.work')];
    const target = await findMain(tree, names, module, workspace);
    return { module, workspace, target, output: names.includes('out') ? 'gantry-out' : 'out' };
  },
  versions: ({ module, workspace }) => ({ name: 'go', ...findVersion(module, workspace) }),
  install({ module, workspace }, { names }) {
    const local = workspace !== undefined || names.includes('vendor') || /=>\s*\.{0,2}\//.test(module ?? '');
    const downloads = (module ?? workspace) !== undefined && !names.includes('vendor');
    return {
      packageManager: { value: 'go', source: module === undefined ? 'default' : 'go.mod' },
      commands: downloads ? ['go mod download'] : [],
      inputs: local ? [] : ['go.mod', 'go.sum'].filter((name) => names.includes(name)),
    };
  },
  build: ({ target, output }) => ({
    commands:
      target === undefined ? [] : [`go build -trimpath -buildvcs=false -ldflags="-s -w" -o ${output} ${target}`],
    source: target ?? 'default',
  }),
  start: ({ target, output }) => (target === undefined ? undefined : { line: `./${output}`, source: target }),
  caches: () => ({ dependencies: [], caches: ['~/go/pkg/mod', '~/.cache/go-build'] }),
});

/** The main package: the folder's own, one below `cmd/`, or one that a workspace uses. */
async function findMain(
  tree: SourceTree,
  names: readonly string[],
  module: string | undefined,
  workspace: string | undefined,
): Promise<string | undefined> {
  if (await isMain(tree, '.')) return module === undefined && workspace === undefined ? 'main.go' : '.';
  const used = (workspace ?? '')
    .split('\n')
    .flatMap((line) => /^\.\/([\w./-]+)$/.exec(line.trim().replace(/^use\s+/, ''))?.[1] ?? []);
  const commands = names.includes('cmd') ? (await tree.list('cmd')).map((name) => `cmd/${name}`) : [];
  const found: string[] = [];
  for (const folder of ['cmd', ...commands, ...used]) if (await isMain(tree, folder)) found.push(folder);
  const rank = (folder: string) => {
    const at = COMMANDS.indexOf(folder.split('/').at(-1) ?? '');
    return at < 0 ? COMMANDS.length : at;
  };
  const [first] = found.toSorted((a, b) => rank(a) - rank(b));
  return first === undefined ? undefined : `./${first}`;
}

async function isMain(tree: SourceTree, folder: string): Promise<boolean> {
  for (const name of await tree.list(folder)) {
    if (!name.endsWith('.go') || name.endsWith('_test.go')) continue;
    const text = await tree.read(folder === '.' ? name : `${folder}/${name}`);
    if (/^package main\b/m.test(text ?? '') && !/^\/\/go:build ignore\b/m.test(text ?? '')) return true;
  }
  return false;
}

/** A toolchain line wins: it is what the module's own author builds with. Source: go.dev/doc/toolchain. */
function findVersion(
  module: string | undefined,
  workspace: string | undefined,
): { version: string; versionSource: string } {
  for (const [file, text] of [
    ['go.mod', module],
    ['go.work', workspace],
  ] as const) {
    const asked = /^toolchain go(\S+)/m.exec(text ?? '')?.[1] ?? /^go (\S+)/m.exec(text ?? '')?.[1];
    if (asked === undefined) continue;
    const version = /^\d+(\.\d+){0,2}/.exec(asked)?.[0];
    if (version === undefined)
      throw new BuildError(`${file} asks for Go ${asked}; name a version such as ${DEFAULT_GO}`);
    return { version, versionSource: file };
  }
  return { version: DEFAULT_GO, versionSource: 'default' };
}
