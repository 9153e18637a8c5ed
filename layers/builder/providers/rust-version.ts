import * as z from 'zod';
import type { SourceTree } from '../source-tree.ts';
import type { Sourced } from './provider.ts';
import type { Manifest } from './rust-manifest.ts';
import { readToml } from './toml-file.ts';
import { toolVersion, versionFile } from './version-files.ts';

/** Not the newest minor version, so that every registry has its images. */
const DEFAULT_RUST = '1.95';
const Toolchain = z.looseObject({ toolchain: z.looseObject({ channel: z.string().optional() }).optional() });

/** The version of Rust, and a channel for rustup if the app asks for one that is not a release. */
export interface RustVersion {
  readonly version: string;
  readonly versionSource: string;
  /** A channel without images, such as `nightly-2024-08-12`. */
  readonly channel?: string;
}

/**
 * The version of Rust that an app asks for. The first request counts, in this order: `rust-toolchain.toml`, `mise.toml`
 * and `.tool-versions`, `.rust-version`, and `rust-version` in `Cargo.toml`, with which its author builds. The app's
 * folder comes before its workspace's.
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
