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

/** Who queued it. */
export function whoLine({ createdBy, source }: Deployment, who: (userId: string) => string): string {
  if (createdBy !== null) return who(createdBy);
  return source.kind === 'github' ? `push${source.commit === null ? '' : ` by ${source.commit.author}`}` : 'Gantry';
}

/** A status for people: a release that was live before another is not gone, it can be returned to. */
export function statusText({ status, releaseId }: Deployment): string {
  if (status === 'removed') return releaseId === null ? 'removed' : 'replaced';
  return status === 'rolled_back' ? 'rolled back' : status;
}
