import { lookUp } from '../../kernel/lookup.ts';
import type { DeploymentRecord } from '../../records/deployments.ts';
import { serviceAt } from '../../records/project-lookups.ts';
import { requireResolvable } from '../../variables/service.ts';
import { type Attempt, begin, type Progress } from '../progress.ts';

export interface Prepared {
  /** The remaining work: everything, everything but the fetch, or only the steps after the build. */
  readonly next: 'fetch' | 'build' | 'release';
  /** Whether the release has a command to run before it starts. */
  readonly releaseCommand: boolean;
  /** Whether that command is tried on copies of the databases before; the build may say so too. */
  readonly rehearse: boolean;
}

/**
 * Starts a run of a deployment and says which work remains. A rollback has its release. A redrive keeps the results of the earlier run: it fetches,
 * builds and runs a release command only if that did not succeed before. Throws Conflict when a variable refers to something missing, because a build
 * would be in vain.
 */
export async function prepare(ref: Attempt): Promise<Prepared> {
  const { deployment } = await begin(ref, 'prepare', nextStatus);
  if (deployment.source.kind === 'release') return { next: 'release', releaseCommand: false, rehearse: false };
  const [service] = await lookUp(serviceAt(ref));
  await requireResolvable(ref, service);
  const releaseCommand =
    (service.release.command ?? deployment.report?.releaseCommand) !== undefined &&
    !deployment.steps.some(({ name, status }) => name === 'release-command' && status === 'succeeded');
  const { rehearsed, report } = deployment;
  const isAsked = typeof (service.release.rehearseSeconds ?? report?.rehearseSeconds) === 'number';
  return { next: leftOf(deployment), releaseCommand, rehearse: isAsked && rehearsed !== true };
}

function leftOf({ source, imageDigest, fetched }: DeploymentRecord): Prepared['next'] {
  if (source.kind === 'release' || imageDigest !== undefined) return 'release';
  return (source.kind === 'github' || source.kind === 'git') && fetched !== true ? 'fetch' : 'build';
}

function nextStatus({ deployment }: Progress) {
  return { status: leftOf(deployment) === 'release' ? ('deploying' as const) : ('building' as const) };
}
