import { ensureRepository } from '@gantry/cloud/ecr.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { lookUp } from '../../access.ts';
import { serviceAt } from '../../projects/lookups.ts';
import { archiveAddress } from '../../source/operations.ts';
import { begin, type DeploymentRef, type Progress, readProgress, requireInFlight } from '../progress.ts';

/** What the machine builds from; null where the release is there already. */
export interface Build {
  readonly sourceUri: string;
  /** The folder that is built, `.` for all of it: CodeBuild takes no empty variable. */
  readonly sourceRoot: string;
  readonly repositoryUri: string;
}

/** Takes a deployment up: makes sure that its image repository is there and says what to build. */
export async function prepare(ref: DeploymentRef): Promise<{ generation: number; build: Build | null }> {
  const progress = await readProgress(ref);
  requireInFlight(progress);
  const { generation, uploadId } = progress.deployment;
  await begin(ref, 'prepare', nextStatus);
  if (uploadId === undefined) return { generation, build: null };
  const [service] = await lookUp(serviceAt(ref));
  const repositoryUri = await ensureRepository(
    `${environment('REPOSITORY_PREFIX')}/${toKubernetesName(ref.serviceId)}`,
  );
  await begin(ref, 'build', () => ({ repositoryUri }));
  const sourceUri = archiveAddress(ref.teamId, ref.serviceId, uploadId);
  return { generation, build: { sourceUri, sourceRoot: service.rootFolder || '.', repositoryUri } };
}

function nextStatus({ deployment }: Progress) {
  return { status: deployment.uploadId === undefined ? ('deploying' as const) : ('building' as const) };
}
