import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';

/**
 * The text of a lock file. `whole` is false if the file is larger than planning reads: the text is then only its
 * beginning.
 */
export interface LockText {
  readonly text: string;
  readonly whole: boolean;
}

/**
 * Reads a lock file of any size; undefined if there is none. The lock file of a large app exceeds the limit of a source
 * tree for one file.
 */
export async function readLock(tree: SourceTree, file: string): Promise<LockText | undefined> {
  try {
    const text = await tree.read(file);
    return text === undefined ? undefined : { text, whole: true };
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    const text = await tree.head(file);
    return text === undefined ? undefined : { text, whole: false };
  }
}
