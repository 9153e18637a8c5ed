import { posix } from 'node:path';
import { type SourceTree, subTree } from '../source-tree.ts';
import { readLock } from './lock-file.ts';
import { parents } from './parents.ts';
import { defineProvider, unlocked } from './provider.ts';
import { dependencyBuild, neededLibraries } from './rust-dependencies.ts';
import { type Binary, type Manifest, memberFolders, packageBinaries, ranked, readManifest } from './rust-manifest.ts';
import { findRustVersion, type RustVersion } from './rust-version.ts';
import { shellQuote } from './shell-words.ts';

interface Facts {
  readonly manifest: Manifest;
  readonly version: RustVersion;
  /** The folder of the source that holds the package, or the workspace of the app's folder. */
  readonly root: string;
  readonly inWorkspace: boolean;
  readonly locked: boolean;
  /** The programs to build, the service first; empty if there is none. */
  readonly binaries: readonly Binary[];
  /** The target platform for cargo, if the app sets one. */
  readonly target: string | undefined;
  /** The command that builds the dependencies alone. Undefined if that needs more than the manifest. */
  readonly early: string | undefined;
  readonly libraries: { readonly build: string[]; readonly run: string[] };
}

/** Rust packages and workspaces. The image holds the programs in `bin`, without the toolchain. */
export const rust = defineProvider<Facts>({
  name: 'rust',
  looksFor: 'Cargo.toml',
  startHint: 'a src/main.rs, or "default-run" in Cargo.toml if there are several programs',
  detect: ({ names }) => ['Cargo.toml'].find((name) => names.includes(name)),
  async read({ names, source, folder }) {
    const manifest = (await readManifest(source, folder)) ?? {};
    const above = await workspaceRoot(source, folder);
    const root = above?.folder ?? folder;
    const binaries = await findBinaries(source, folder, manifest);
    const inWorkspace = above !== undefined || manifest.workspace !== undefined;
    const target = await buildTarget(source, [folder, root]);
    return {
      ...{ manifest, root, inWorkspace, binaries, target },
      version: await findRustVersion(
        [folder, root].map((path) => subTree(source, path)),
        manifest,
        above?.manifest ?? manifest,
      ),
      locked: await source.exists(posix.join(root, 'Cargo.lock')),
      early: inWorkspace ? undefined : dependencyBuild(manifest, names, target),
      libraries: neededLibraries((await readLock(source, posix.join(root, 'Cargo.lock')))?.text ?? '', manifest),
    };
  },
  versions: ({ version: { version, versionSource } }) => ({ name: 'rust', version, versionSource }),
  install({ locked, early, target, version }, { names }) {
    const inputs = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'rust-toolchain'];
    const channel =
      version.channel === undefined ? [] : [`the build downloads the toolchain ${version.channel} from rust-lang.org`];
    const notes = [...(locked ? [] : [unlocked('Cargo.lock', 'cargo generate-lockfile')]), ...channel];
    return {
      packageManager: { value: 'cargo', source: 'Cargo.toml' },
      commands: [
        ...(target === undefined ? [] : [`rustup target add ${target}`]),
        ...(early === undefined ? [] : [early]),
      ],
      inputs: early === undefined || target !== undefined ? [] : inputs.filter((name) => names.includes(name)),
      notes,
    };
  },
  build({ binaries, root, inWorkspace, locked, target }, { folder }) {
    const [first] = binaries;
    if (first === undefined) return { commands: [], source: 'default' };
    const of = inWorkspace ? ` --package ${shellQuote(first.package)}` : '';
    const bin = posix.join(posix.relative(root, folder), 'bin');
    const built = posix.join('target', target ?? '', 'release');
    const programs = binaries.map(({ name }) => shellQuote(`${built}/${name}`)).join(' ');
    return {
      commands: [`cargo build --release${locked ? ' --locked' : ''}${of}`, `mkdir -p ${bin} && cp ${programs} ${bin}/`],
      source: posix.join(posix.relative(folder, first.folder), 'Cargo.toml'),
      prune: ['rm -rf target'],
    };
  },
  start({ binaries, manifest }, { folder }) {
    const [first] = binaries;
    if (first === undefined) return undefined;
    const file = posix.join(posix.relative(folder, first.folder), 'Cargo.toml');
    const chosen = manifest.package?.['default-run'] === first.name ? ' > default-run' : '';
    return { line: `./bin/${shellQuote(first.name)}`, source: `${file}${chosen}` };
  },
  caches: ({ early }) => ({
    dependencies: early === undefined ? [] : ['target'],
    caches: ['~/.cargo/registry', '~/.cargo/git'],
  }),
  packages: ({ libraries }) => libraries,
  env: () => ({ ROCKET_ADDRESS: '0.0.0.0' }),
  location: ({ root }, { folder }) => ({ root, folder }),
});

/**
 * The programs of the service's package, the service first. Among several programs, the service is the default one, the
 * one with the package's name, or the one with the likeliest name.
 */
async function findBinaries(source: SourceTree, folder: string, manifest: Manifest): Promise<Binary[]> {
  const own = await packageBinaries(source, folder, manifest);
  const run = manifest.package?.['default-run'];
  const first =
    own.find(({ name }) => name === run) ??
    (own.length === 1 ? own[0] : own.find(({ name }) => name === manifest.package?.name)) ??
    ranked(own)[0];
  if (first !== undefined) return [first, ...own.filter((binary) => binary !== first)];
  const members: Binary[] = [];
  const { 'default-members': preferred = [] } = manifest.workspace ?? {};
  for (const member of await memberFolders(source, folder, manifest)) {
    members.push(...(await packageBinaries(source, member, (await readManifest(source, member)) ?? {})));
  }
  const among = members.filter((binary) => preferred.includes(posix.relative(folder, binary.folder)));
  const [chosen] = ranked(among.length > 0 ? among : members);
  return chosen === undefined ? [] : [chosen];
}

/** The parent folder whose workspace has the app's folder as a member; undefined if there is none. */
async function workspaceRoot(
  source: SourceTree,
  folder: string,
): Promise<{ folder: string; manifest: Manifest } | undefined> {
  for (const parent of parents(folder)) {
    const manifest = await readManifest(source, parent);
    if (manifest?.workspace === undefined) continue;
    return (await memberFolders(source, parent, manifest)).includes(folder) ? { folder: parent, manifest } : undefined;
  }
  return undefined;
}

/** The target platform in `.cargo/config.toml`. */
async function buildTarget(source: SourceTree, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const text = (await source.read(posix.join(folder, '.cargo/config.toml'))) ?? '';
    const target = /^\[build\][^[]*^target\s*=\s*"([\w-]+)"/m.exec(text)?.[1];
    if (target !== undefined) return target;
  }
  return undefined;
}
