import { GantryError } from '@gantry/contract/errors.ts';
import { formatBytes } from '@gantry/outbound/body.ts';
import type { Pack } from './pack.ts';

/** An entry of a source tree. */
export interface SourceEntry {
  /** Relative to the source's top folder, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'executable' | 'link' | 'folder' | 'submodule';
  /** The size of its content in bytes; 0 for a folder and a submodule. */
  readonly size: number;
  /** A file's content, or the target of a link; read it before the next entry. */
  readonly content: AsyncIterable<Uint8Array>;
}

const KINDS: Readonly<Record<string, SourceEntry['kind']>> = {
  '40000': 'folder',
  '100644': 'file',
  '100664': 'file',
  '100755': 'executable',
  '120000': 'link',
  '160000': 'submodule',
};
const MAX_PATH = 4096;

export interface Commit {
  readonly message: string;
  readonly author: string;
  readonly tree: string;
}

/** Reads a commit. Throws NotFound when the pack lacks it. https://git-scm.com/docs/git-cat-file */
export async function readCommit(pack: Pack, name: string): Promise<Commit> {
  const found = pack.find(name);
  if (found?.type !== 'commit') throw new GantryError('NotFound', `The repository has no commit ${name}.`);
  const [head = '', ...message] = (await pack.read(found)).toString('utf8').split('\n\n');
  return {
    message: message.join('\n\n').trim(),
    author: authorIn(head),
    tree: /^tree ([0-9a-f]{40})$/m.exec(head)?.[1] ?? '',
  };
}

/** The name before the address in the line `author`. */
function authorIn(head: string): string {
  const line = head.split('\n').find((each) => each.startsWith('author ')) ?? '';
  return line.slice('author '.length, Math.max(0, line.indexOf(' <')));
}

/**
 * All entries of a tree, folders before their content. `omitted` says that the server left out files above `maxFileBytes`. Throws TooLarge for a file
 * that was left out, and Invalid for a name that no file can have.
 */
export async function* readTree(
  pack: Pack,
  tree: string,
  { maxFileBytes, omitted }: { readonly maxFileBytes: number; readonly omitted: boolean },
  prefix = '',
): AsyncGenerator<SourceEntry> {
  const found = pack.find(tree);
  if (found?.type !== 'tree') throw incomplete();
  for (const { mode, name, object } of treeEntries(await pack.read(found))) {
    const path = prefix + name;
    const kind = KINDS[mode];
    if (kind === undefined || path.length > MAX_PATH || /^(?:\.{0,2}|\.git)$|[/\0]/i.test(name)) {
      throw new GantryError('Invalid', `The repository has an entry that no folder can hold: ${quoted(path)}.`);
    }
    if (kind === 'submodule' || kind === 'folder') yield { path, kind, size: 0, content: nothing() };
    if (kind === 'folder') yield* readTree(pack, object, { maxFileBytes, omitted }, `${path}/`);
    else if (kind !== 'submodule') {
      const blob = pack.find(object);
      if (blob === undefined && omitted) throw fileTooLarge(path, maxFileBytes);
      if (blob?.type !== 'blob') throw incomplete();
      yield { path, kind, size: blob.size, content: pack.stream(blob) };
    }
  }
}

/** A file above the limit. */
export function fileTooLarge(path: string, maxBytes: number): GantryError {
  return new GantryError(
    'TooLarge',
    `The file ${quoted(path)} is larger than ${formatBytes(maxBytes)}. Take it out of the repository, and fetch it in the build or at start.`,
  );
}

/** A path for a message: one line, and not too long. */
export function quoted(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}

function* treeEntries(bytes: Buffer): Generator<{ mode: string; name: string; object: string }> {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const zero = bytes.indexOf(0, space);
    if (space < 0 || zero < 0 || zero + 21 > bytes.length) throw incomplete();
    const name = bytes.toString('utf8', space + 1, zero);
    yield { mode: bytes.toString('latin1', at, space), name, object: bytes.toString('hex', zero + 1, zero + 21) };
    at = zero + 21;
  }
}

function incomplete(): GantryError {
  return new GantryError('Unavailable', 'The repository arrived incomplete. Try again.');
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
