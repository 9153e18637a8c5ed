import * as z from 'zod';
import type { SourceTree } from '../source-tree.ts';
import type { Sourced } from './provider.ts';
import type { Manifest } from './rust-manifest.ts';
import { readToml } from './toml-file.ts';
import { toolVersion, versionFile } from './version-files.ts';

/** A minor version older than the newest, so that its images are there everywhere. */
const DEFAULT_RUST = '1.95';
const Toolchain = z.looseObject({ toolchain: z.looseObject({ channel: z.string().optional() }).optional() });

/** The version of Rust, and the channel that rustup gets beside it where the app asks for one that is no release. */
export interface RustVersion {
  readonly version: string;
  readonly versionSource: string;
  /** Such as `nightly-2024-08-12`, of which there are no images. */
  readonly channel?: string;
}

/**
 * The version of Rust that an app asks for: `rust-toolchain.toml` before `mise.toml` and `.tool-versions`, `.rust-version` and the
 * `rust-version` of `Cargo.toml`, which is the one that its author says it is built with. The app's folder comes before that of its workspace.
 */
export async function findRustVersion(
  trees: readonly SourceTree[],
  manifest: Manifest,
  root: Manifest,
): Promise<RustVersion> {
  const own = manifest.package?.['rust-version'];
  const shared = root.workspace?.package?.['rust-version'];
  const written = typeof own === 'string' ? own : own && shared;
  const inFiles = await Promise.all(trees.map(fileVersion));
  const asked =
    inFiles.find((found) => found !== undefined) ??
    (written === undefined ? undefined : { value: written, source: 'Cargo.toml > rust-version' });
  if (asked === undefined) return { version: DEFAULT_RUST, versionSource: 'default' };
  const version = /^v?(\d+(?:\.\d+){1,2})(?:-|$)/.exec(asked.value)?.[1];
  if (version !== undefined) return { version, versionSource: asked.source };
  const channel = /^(nightly|beta)(-\d{4}-\d{2}-\d{2})?$/.exec(asked.value)?.[0];
  return { version: DEFAULT_RUST, versionSource: asked.source, ...(channel !== undefined && { channel }) };
}

async function fileVersion(tree: SourceTree): Promise<Sourced<string> | undefined> {
  return (
    (await toolchain(tree)) ??
    (await toolVersion(tree, ['rust'])) ??
    (await versionFile(tree, '.rust-version')) ??
    (await versionFile(tree, 'rust-version.txt'))
  );
}

async function toolchain(tree: SourceTree): Promise<Sourced<string> | undefined> {
  const plain = (await tree.read('rust-toolchain')) ?? '';
  const [file, named] = plain.includes('[toolchain]')
    ? (['rust-toolchain', await readToml(tree, 'rust-toolchain', Toolchain)] as const)
    : (['rust-toolchain.toml', await readToml(tree, 'rust-toolchain.toml', Toolchain)] as const);
  const channel = named?.toolchain?.channel;
  if (channel !== undefined) return { value: channel, source: `${file} > toolchain > channel` };
  return plain.includes('[toolchain]') ? undefined : versionFile(tree, 'rust-toolchain');
}
