import { posix } from 'node:path';
import type { SourceTree } from '../source-tree.ts';

const ENDINGS = ['js', 'ts', 'mjs', 'mts', 'cjs', 'cts', 'json'];

/** The text of a tool's config file (`vite.config`, with any ending of JavaScript), without its comments. Empty where there is none. */
export async function configText(tree: SourceTree, names: readonly string[], stem: string): Promise<string> {
  const file = ENDINGS.map((ending) => `${stem}.${ending}`).find((name) => names.includes(name));
  return file === undefined ? '' : withoutComments((await tree.head(file)) ?? '');
}

/** A text of JavaScript without its comments. What stands in quotes stays as it is. */
function withoutComments(text: string): string {
  return text.replace(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '$1');
}

/** The value of a property that a config gives as a literal text; undefined where there is none, or it is worked out. */
export function literal(config: string, property: string): string | undefined {
  const match = new RegExp(
    String.raw`(?<![\w$.-])["']?${property}["']?\s*:\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|${'`([^`\\\\$\\n]*)`'})`,
  ).exec(config);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

/** The value of an option of a command line, as `--outDir dist` or `--outDir=dist`; undefined where it is not given. */
export function option(line: string, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = new RegExp(String.raw`(?<=\s)${name}(?:=|\s+)["']?([\w./@-]+)`).exec(` ${line}`)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A folder below the app's own as a config names it; undefined for one that leads out of the app. */
export function folderBelow(...parts: readonly (string | undefined)[]): string | undefined {
  if (parts.every((part) => part === undefined)) return undefined;
  const path = posix.normalize(posix.join('.', ...parts.filter((part) => part !== undefined))).replace(/\/$/, '');
  const rooted = parts.some((part) => part?.startsWith('/'));
  return rooted || path === '..' || path.startsWith('../') || /[\0\n]/.test(path) ? undefined : path;
}
