import { posix } from 'node:path';
import type { SourceTree } from '../source-tree.ts';
import { portInCommand, portInSource } from './fixed-port.ts';
import { invocations } from './node-commands.ts';
import { type PackageJson, scriptOf } from './node-manifest.ts';
import type { Sourced, Start } from './provider.ts';

/** Programs that run a file of the app. */
const RUNNERS = new Set(['node', 'nodejs', 'bun', 'tsx', 'ts-node', 'deno', 'babel-node', 'swc-node']);
const ENDINGS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '/index.js', '/index.ts'];
/** Folders into which a build compiles `src`. */
const BUILT = /^(?:dist|build|out|lib|output)\//;

/**
 * The port that an app fixes: in the script of its start command, or in the file that this script runs in the end. For
 * a compiled file, the source file counts. Undefined if the app listens on the port in PORT.
 */
export async function nodePort(
  tree: SourceTree,
  manifest: PackageJson,
  start: Start,
): Promise<Sourced<number> | undefined> {
  const name = /^(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?([\w:.-]+)/.exec(start.line)?.[1];
  const script = name === undefined ? undefined : scriptOf(manifest, name);
  const said = script === undefined ? undefined : portInCommand(script, `package.json > scripts > ${name}`);
  if (said !== undefined) return said;
  for (const { program, words } of invocations(manifest, start.line)) {
    const found = portInCommand(words.slice(1).join(' '), start.source);
    if (found !== undefined) return found;
    const file = RUNNERS.has(program) ? words.slice(1).find((word) => /^[\w@./-]+$/.test(word)) : undefined;
    const path = file === undefined ? undefined : await sourceOf(tree, file);
    if (path !== undefined) return portInSource((await tree.head(path)) ?? '', path);
  }
  return undefined;
}

/** The source file for a path that may be compiled. */
async function sourceOf(tree: SourceTree, given: string): Promise<string | undefined> {
  const path = posix.normalize(given);
  if (path.startsWith('..') || path.startsWith('/') || path.startsWith('-')) return undefined;
  const made = BUILT.test(path) ? path.replace(BUILT, '').replace(/\.[cm]?js$/, '') : undefined;
  const stems = made === undefined ? [path] : [path, `src/${made}`, made];
  for (const stem of stems) for (const ending of ENDINGS) if (await tree.exists(stem + ending)) return stem + ending;
  return undefined;
}
