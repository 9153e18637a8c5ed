import type { Deployment } from '@gantry/contract/schemas/deployments.ts';

/** What a deployment brings, on one line. */
export function sourceLine({ source }: Deployment): string {
  switch (source.kind) {
    case 'upload':
      return 'upload';
    case 'release':
      return source.started === true ? 'start' : 'rollback';
    case 'image':
      return source.reference;
    default:
      return `${source.branch} ${source.commit?.id.slice(0, 7) ?? ''} ${source.commit?.message ?? ''}`.trimEnd();
  }
}

/** What it brings, and of a push that was skipped why. */
export function whatLine(deployment: Deployment): string {
  const { status, reason } = deployment;
  const why = status === 'skipped' && reason !== null ? ` · ${reason.detail}` : '';
  return `${sourceLine(deployment)}${why}`;
}

/** Who queued it. */
export function whoLine({ createdBy, source }: Deployment, who: (userId: string) => string): string {
  if (createdBy !== null) return who(createdBy);
  return source.kind === 'github' ? `push${source.commit === null ? '' : ` by ${source.commit.author}`}` : 'Gantry';
}

/** A status for people. What was live before is not gone while a rollback may return to it. */
export function statusText({ status, canRollBack }: Deployment): string {
  if (status === 'rolled_back') return canRollBack ? `rolled back, ${RETURN}` : 'rolled back';
  return status === 'removed' && canRollBack ? RETURN : status;
}

const RETURN = 'can be rolled back to';
