import type { Deployment } from '@gantry/contract/schemas/deployments.ts';

/** The content of a deployment, on one line. */
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

/** The content, and why a skipped push was skipped. */
export function whatLine(deployment: Deployment): string {
  const { status, reason } = deployment;
  const why = status === 'skipped' && reason !== null ? ` · ${reason.detail}` : '';
  return `${sourceLine(deployment)}${why}`;
}

/** The user or push that queued it. */
export function whoLine({ createdBy, source }: Deployment, who: (userId: string) => string): string {
  if (createdBy !== null) return who(createdBy);
  return source.kind === 'github' ? `push${source.commit === null ? '' : ` by ${source.commit.author}`}` : 'Gantry';
}

/** A status for people. A formerly live deployment is not gone while a rollback can return to it. */
export function statusText({ status, canRollBack }: Deployment): string {
  if (status === 'rolled_back') return canRollBack ? `rolled back, ${RETURN}` : 'rolled back';
  return status === 'removed' && canRollBack ? RETURN : status;
}

const RETURN = 'can be rolled back to';
