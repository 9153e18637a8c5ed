import { ensureRepository } from '@gantry/cloud/ecr.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { lookUp } from '../../access.ts';
import { serviceAt } from '../../projects/lookups.ts';
import { archiveAddress } from '../../source/operations.ts';
import { type Attempt, begin, type Progress } from '../progress.ts';

/** What the machine builds from; null where the image is there already. */
export interface Build {
  readonly sourceUri: string;
  /** The folder that is built, `.` for all of it: CodeBuild takes no empty variable. */
  readonly sourceRoot: string;
  readonly repositoryUri: string;
}

export interface Prepared {
  readonly build: Build | null;
  /** Whether the release has a command to run before it starts. */
  readonly releaseCommand: boolean;
}

/**
 * Takes a run of a deployment up: makes sure that its image repository is there and says what is left to do. A rollback has its release; a redrive has
 * what the run before it made: an image is not built again, and a release command that succeeded is not run again.
 */
export async function prepare(ref: Attempt): Promise<Prepared> {
  const { deployment } = await begin(ref, 'prepare', nextStatus);
  const { uploadId, imageDigest } = deployment;
  if (uploadId === undefined) return { build: null, releaseCommand: false };
  const [service] = await lookUp(serviceAt(ref));
  const releaseCommand =
    service.release.command !== null &&
    !deployment.steps.some(({ name, status }) => name === 'release-command' && status === 'succeeded');
  if (imageDigest !== undefined) return { build: null, releaseCommand };
  const repositoryUri = await ensureRepository(
    `${environment('REPOSITORY_PREFIX')}/${toKubernetesName(ref.serviceId)}`,
  );
  await begin({ ...ref, attempt: 1 }, 'build', () => ({ repositoryUri }));
  const sourceUri = archiveAddress(ref.teamId, ref.serviceId, uploadId);
  return { build: { sourceUri, sourceRoot: service.rootFolder || '.', repositoryUri }, releaseCommand };
}

function nextStatus({ deployment }: Progress) {
  const built = deployment.uploadId === undefined || deployment.imageDigest !== undefined;
  return { status: built ? ('deploying' as const) : ('building' as const) };
}
