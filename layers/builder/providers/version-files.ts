import { parse } from 'smol-toml';
import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import type { Sourced } from './provider.ts';

const MISE_FILES = ['mise.toml', '.mise.toml', '.config/mise.toml', 'mise/config.toml'];

/**
 * What a file of one version asks for, such as `.nvmrc`: its first line that is more than a comment. Undefined where there is no such file, or
 * nothing in it. Throws a `BuildError` where it is no text in UTF-8.
 */
export async function versionFile(tree: SourceTree, file: string): Promise<Sourced<string> | undefined> {
  const text = await tree.head(file);
  if (text !== undefined && /[\0\uFFFD]/.test(text)) {
    throw new BuildError(`${file} is not text in UTF-8; save it in that encoding`);
  }
  const [value] = meaningfulLines(text);
  return value === undefined ? undefined : { value, source: file };
}

/** Each line of a file without its comment, those alone that then say something. */
export function meaningfulLines(text = ''): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}

/** What `.tool-versions` (asdf) or a `mise.toml` asks for of a tool that may have several names; undefined where neither does. */
export async function toolVersion(tree: SourceTree, names: readonly string[]): Promise<Sourced<string> | undefined> {
  for (const line of ((await tree.head('.tool-versions')) ?? '').split(/\r?\n/)) {
    const [name = '', value = ''] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (names.includes(name) && value !== '' && value !== 'system') return { value, source: '.tool-versions' };
  }
  for (const file of MISE_FILES) {
    const value = miseVersion((await tree.read(file)) ?? '', file, names);
    if (value !== undefined) return { value, source: file };
  }
  return undefined;
}

function miseVersion(text: string, file: string, names: readonly string[]): string | undefined {
  if (text === '') return undefined;
  let tools: unknown;
  try {
    tools = parse(text).tools;
  } catch {
    throw new BuildError(`${file} is not valid TOML`);
  }
  if (typeof tools !== 'object' || tools === null) return undefined;
  for (const [name, asked] of Object.entries(tools)) {
    if (!names.includes(name)) continue;
    const [first] = Array.isArray(asked) ? asked : [asked];
    const version: unknown = typeof first === 'object' && first !== null ? Reflect.get(first, 'version') : first;
    if (typeof version === 'string' && version !== '' && version !== 'system') return version;
    if (typeof version === 'number') return String(version);
  }
  return undefined;
}
