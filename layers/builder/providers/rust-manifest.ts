import { posix } from 'node:path';
import * as z from 'zod';
import { type SourceTree, subTree } from '../source-tree.ts';
import { foldersOf } from './globs.ts';
import { readToml } from './toml-file.ts';

const Inherited = z.union([z.string(), z.looseObject({})]);
const Target = z.looseObject({ name: z.string().optional(), path: z.string().optional() });
const Dependencies = z.record(z.string(), z.unknown());
const Manifest = z.looseObject({
  package: z
    .looseObject({
      name: z.string().optional(),
      'rust-version': Inherited.optional(),
      'default-run': z.string().optional(),
      build: z.unknown().optional(),
      autobins: z.boolean().optional(),
    })
    .optional(),
  bin: z.array(Target).optional(),
  lib: Target.optional(),
  dependencies: Dependencies.optional(),
  'build-dependencies': Dependencies.optional(),
  workspace: z
    .looseObject({
      members: z.array(z.string()).optional(),
      exclude: z.array(z.string()).optional(),
      'default-members': z.array(z.string()).optional(),
      package: z.looseObject({ 'rust-version': z.string().optional() }).optional(),
    })
    .optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** If a package has several programs, the service is the first of these names. */
const COMMANDS = ['server', 'web', 'api', 'app', 'main'];

/** A program that cargo builds, with its package. */
export interface Binary {
  readonly name: string;
  readonly package: string;
  /** The package's folder. */
  readonly folder: string;
}

/** Reads the `Cargo.toml` of a folder; undefined if there is none. Throws a `BuildError` if the file is not valid. */
export function readManifest(tree: SourceTree, folder: string): Promise<Manifest | undefined> {
  return readToml(tree, posix.join(folder, 'Cargo.toml'), Manifest);
}

/** The programs of one package: those that the manifest names, `src/main.rs` and those in `src/bin`. */
export async function packageBinaries(tree: SourceTree, folder: string, manifest: Manifest): Promise<Binary[]> {
  const name = manifest.package?.name;
  if (name === undefined) return [];
  const named = (manifest.bin ?? []).flatMap((bin) => bin.name ?? []);
  const names = new Set(named);
  if (manifest.package?.autobins !== false) {
    const taken = (manifest.bin ?? []).some((bin) => bin.path === 'src/main.rs');
    if (!taken && (await tree.exists(posix.join(folder, 'src/main.rs')))) names.add(name);
    for (const file of await tree.list(posix.join(folder, 'src/bin'))) {
      if (file.endsWith('.rs')) names.add(file.slice(0, -'.rs'.length));
      else if (await tree.exists(posix.join(folder, 'src/bin', file, 'main.rs'))) names.add(file);
    }
  }
  return [...names].map((binary) => ({ name: binary, package: name, folder }));
}

/** The folders of a workspace's members, sorted. */
export async function memberFolders(tree: SourceTree, root: string, manifest: Manifest): Promise<string[]> {
  const { members = [], exclude = [] } = manifest.workspace ?? {};
  const named = await foldersOf(subTree(tree, root), [...members, ...exclude.map((pattern) => `!${pattern}`)]);
  const folders = named.map((folder) => posix.join(root, folder));
  const real = await Promise.all(folders.map((folder) => tree.exists(posix.join(folder, 'Cargo.toml'))));
  return folders.filter((_, index) => real[index]);
}

/** The programs that may be the service, likeliest first. */
export function ranked(binaries: readonly Binary[]): Binary[] {
  const rank = ({ name }: Binary) => {
    const at = COMMANDS.indexOf(name);
    return at < 0 ? COMMANDS.length : at;
  };
  return binaries.toSorted((a, b) => rank(a) - rank(b));
}
