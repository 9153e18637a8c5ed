import { posix } from 'node:path';
import type { SourceTree } from '../source-tree.ts';

const ENDINGS = ['js', 'ts', 'mjs', 'mts', 'cjs', 'cts', 'json'];

/**
 * The text of a tool's config file (such as `vite.config`, with any ending of JavaScript), without comments. Empty if
 * there is none.
 */
export async function configText(tree: SourceTree, names: readonly string[], stem: string): Promise<string> {
  const file = ENDINGS.map((ending) => `${stem}.${ending}`).find((name) => names.includes(name));
  return file === undefined ? '' : withoutComments((await tree.head(file)) ?? '');
}

/** Removes comments from JavaScript. Quoted texts stay unchanged. */
function withoutComments(text: string): string {
  return text.replace(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '$1');
}

/** The value of a property that a config sets to a literal text. Undefined if the property is missing or computed. */
export function literal(config: string, property: string): string | undefined {
  const match = new RegExp(
    String.raw`(?<![\w$.-])["']?${property}["']?\s*:\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|${'`([^`\\\\$\\n]*)`'})`,
  ).exec(config);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

/**
 * The value of a command line's option, such as `--outDir dist` or `--outDir=dist`. Undefined if the option is missing.
 */
export function option(line: string, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = new RegExp(String.raw`(?<=\s)${name}(?:=|\s+)["']?([\w./@-]+)`).exec(` ${line}`)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A folder below the app's own, as a config names it. Undefined if the folder is outside of the app. */
export function folderBelow(...parts: readonly (string | undefined)[]): string | undefined {
  if (parts.every((part) => part === undefined)) return undefined;
  const path = posix.normalize(posix.join('.', ...parts.filter((part) => part !== undefined))).replace(/\/$/, '');
  const rooted = parts.some((part) => part?.startsWith('/'));
  return rooted || path === '..' || path.startsWith('../') || /[\0\n]/.test(path) ? undefined : path;
}
