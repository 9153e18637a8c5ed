import { parse } from 'smol-toml';
import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import type { Sourced } from './provider.ts';

const MISE_FILES = ['mise.toml', '.mise.toml', '.config/mise.toml', 'mise/config.toml'];

/**
 * The version in a file such as `.nvmrc`: its first line that is not a comment. Undefined if there is no such file, or
 * if the file is empty. Throws a `BuildError` if the file is not text in UTF-8.
 */
export async function versionFile(tree: SourceTree, file: string): Promise<Sourced<string> | undefined> {
  const text = await tree.head(file);
  if (text !== undefined && /[\0\uFFFD]/.test(text)) {
    throw new BuildError(`${file} is not text in UTF-8; save it in that encoding`);
  }
  const [value] = meaningfulLines(text);
  return value === undefined ? undefined : { value, source: file };
}

/** The lines of a file without comments and empty lines. */
export function meaningfulLines(text = ''): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}

/**
 * The version of a tool in `.tool-versions` (asdf) or a `mise.toml`. A tool may have several names. Undefined if
 * neither file has the tool.
 */
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
