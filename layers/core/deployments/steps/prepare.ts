import { lookUp } from '../../kernel/lookup.ts';
import type { DeploymentRecord } from '../../records/deployments.ts';
import { serviceAt } from '../../records/project-lookups.ts';
import { requireResolvable } from '../../variables/service.ts';
import { type Attempt, begin, type Progress } from '../progress.ts';

export interface Prepared {
  /** The work that is left: everything, everything but the fetch, or only the steps after the build. */
  readonly next: 'fetch' | 'build' | 'release';
  /** Whether the release has a command to run before it starts. */
  readonly releaseCommand: boolean;
}

/**
 * Takes a run of a deployment up and says what is left to do. A rollback has its release; a redrive has what the run before it made: what was fetched
 * is not fetched again, an image not built again, and a release command that succeeded not run again. Throws
 * Conflict where variables refer to what is not there: a build would be in vain.
 */
export async function prepare(ref: Attempt): Promise<Prepared> {
  const { deployment } = await begin(ref, 'prepare', nextStatus);
  if (deployment.source.kind === 'release') return { next: 'release', releaseCommand: false };
  const [service] = await lookUp(serviceAt(ref));
  await requireResolvable(ref, service);
  const releaseCommand =
    (service.release.command ?? deployment.report?.releaseCommand) !== undefined &&
    !deployment.steps.some(({ name, status }) => name === 'release-command' && status === 'succeeded');
  return { next: leftOf(deployment), releaseCommand };
}

function leftOf({ source, imageDigest, fetched }: DeploymentRecord): Prepared['next'] {
  if (source.kind === 'release' || imageDigest !== undefined) return 'release';
  return (source.kind === 'github' || source.kind === 'git') && fetched !== true ? 'fetch' : 'build';
}

function nextStatus({ deployment }: Progress) {
  return { status: leftOf(deployment) === 'release' ? ('deploying' as const) : ('building' as const) };
}
