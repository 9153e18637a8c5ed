import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPack } from './pack.ts';
import { fetchPack, type GitRemote } from './remote.ts';
import { type Commit, readCommit, readTree, type SourceEntry } from './tree.ts';

export interface CheckoutLimits {
  /** The limit of the server's answer, in bytes. The folder for temporary files needs as much room. */
  readonly packBytes: number;
  /** Files, folders and links. */
  readonly entries: number;
  readonly fileBytes: number;
  /** The time limit of the fetch, and again of the unpacking. */
  readonly timeoutMs: number;
}

export interface Checkout {
  readonly commit: Commit;
  /** Everything in the commit's tree, once. */
  readonly entries: AsyncIterable<SourceEntry>;
}

/**
 * Fetches one commit without its history and passes its tree to `use`; afterwards its temporary files are gone. Throws TooLarge above a limit,
 * NotFound when the repository has no such commit (any more), and errors of `fetchPack`.
 */
export async function withCheckout<T>(
  remote: GitRemote,
  commit: string,
  limits: CheckoutLimits,
  use: (checkout: Checkout) => Promise<T>,
): Promise<T> {
  const { packBytes, entries, fileBytes, timeoutMs } = limits;
  const folder = await mkdtemp(join(tmpdir(), 'gantry-checkout-'));
  try {
    const file = join(folder, 'pack');
    const { filtered } = await fetchPack(remote, commit, file, { packBytes, omitBytes: fileBytes + 1, timeoutMs });
    // Beside the tree, a pack has the commit and the top folder, and perhaps tags.
    const pack = await openPack(file, { objects: 2 * entries, objectBytes: fileBytes, timeoutMs });
    try {
      const found = await readCommit(pack, commit);
      const options = { maxFileBytes: fileBytes, omitted: filtered };
      return await use({ commit: found, entries: readTree(pack, found.tree, options) });
    } finally {
      pack.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
