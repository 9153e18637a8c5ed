import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { environment, privateAddresses } from '@gantry/cloud/environment.ts';
import { withCheckout } from '@gantry/cloud/git/checkout.ts';
import { branchHead as headOfRemote } from '@gantry/cloud/git/remote.ts';
import { branchHead, commitArchive, readCommit } from '@gantry/cloud/github/repository.ts';
import { putFile } from '@gantry/cloud/s3.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { DeploymentSource } from '@gantry/contract/schemas/deployments.ts';
import type { Commit } from '@gantry/contract/schemas/source.ts';
import { ARCHIVE_LIMITS, writeArchive } from './archive.ts';
import { authorOf, titleOf } from './commit-text.ts';
import { reachRepository } from './github/access.ts';
import { tarballEntries } from './tarball.ts';

/** The limit of a git pack. Git leaves out files above the file limit of a build. */
const PACK_BYTES = 512 * 1024 * 1024;

type OfGitHub = Extract<DeploymentSource, { kind: 'github' }>;
type OfGit = Extract<DeploymentSource, { kind: 'git' }>;

export interface Wanted {
  readonly teamId: string;
  readonly source: OfGitHub | OfGit;
  /** The folder that is built, which must be complete. */
  readonly rootFolder: string;
  /** The credential for the git server. */
  readonly credential?: { readonly user: string; readonly token: string };
  /** Whether the commit must still be the branch's newest. */
  readonly mustBeNewest: boolean;
  /** The place of the archive in the bucket of uploads. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/**
 * Stores the archive of a commit, or of the branch's newest, for the build, and answers the commit and the archive's SHA-256. Throws Invalid,
 * NotFound, Forbidden, Conflict or TooLarge for faults that the repository's owner can fix, and Superseded when a commit that must be the newest no
 * longer is.
 */
export async function fetchSource(
  wanted: Wanted,
): Promise<{ readonly commit: Commit; readonly archiveDigest: string }> {
  const file = join(tmpdir(), `gantry-source-${randomUUID()}.tar.gz`);
  try {
    const { source } = wanted;
    const commit = await (source.kind === 'github' ? fromGitHub(source, wanted, file) : fromGit(source, wanted, file));
    const archiveDigest = await digestOf(file);
    await putFile(environment('UPLOADS_BUCKET'), wanted.key, file, { contentType: 'application/gzip' });
    const { id, message, author } = commit;
    return { commit: { id, message: titleOf(message), author: authorOf(author) }, archiveDigest };
  } finally {
    await rm(file, { force: true });
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function fromGitHub(source: OfGitHub, wanted: Wanted, file: string): Promise<Commit> {
  const { github: app, repository } = await reachRepository(wanted.teamId, source);
  const id = await chosen(source, wanted.mustBeNewest, () => branchHead(app, repository, source.branch));
  const { message, author } = await readCommit(app, repository, id);
  const tarball = await commitArchive(app, repository, id, wanted.deadline - Date.now());
  await writeArchive(tarballEntries(tarball), file, wanted.rootFolder);
  return { id, message, author };
}

async function fromGit(source: OfGit, wanted: Wanted, file: string): Promise<Commit> {
  const { credential } = wanted;
  const remote = { url: source.url, privateAddresses: privateAddresses(), ...(credential && { credential }) };
  const id = await chosen(source, wanted.mustBeNewest, () => headOfRemote(remote, source.branch));
  const { entries, fileBytes } = ARCHIVE_LIMITS;
  const limits = { packBytes: PACK_BYTES, entries, fileBytes, timeoutMs: wanted.deadline - Date.now() };
  return withCheckout(remote, id, limits, async (checkout) => {
    await writeArchive(checkout.entries, file, wanted.rootFolder);
    const { message, author } = checkout.commit;
    return { id, message, author };
  });
}

/** The requested commit, or else the newest of the branch. */
async function chosen(
  { branch, commit }: Wanted['source'],
  mustBeNewest: boolean,
  newest: () => Promise<string>,
): Promise<string> {
  if (commit !== null && !mustBeNewest) return commit.id;
  const head = await newest();
  if (commit === null || commit.id === head) return head;
  throw new GantryError(
    'Superseded',
    `Commit ${commit.id.slice(0, 7)} is no longer the newest of ${branch}, which is at ${head.slice(0, 7)}: the push of that commit deploys it.`,
  );
}
