import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';

/** A lock file's text; where it is larger than planning reads, its beginning, which says less. */
export interface LockText {
  readonly text: string;
  readonly whole: boolean;
}

/** Reads a lock file of any size, undefined where there is none. That of a large app is larger than what a tree reads of one file. */
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
