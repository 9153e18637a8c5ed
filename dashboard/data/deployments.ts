import type { Deployment, Step } from '@gantry/contract/schemas/deployments.ts';

const IN_FLIGHT: ReadonlySet<string> = new Set(['queued', 'building', 'deploying']);

export const isInFlight = ({ status }: Deployment): boolean => IN_FLIGHT.has(status);

/** The source of a deployment, on one line: the commit's message, the image, or the kind. */
export function sourceText({ source }: Deployment): string {
  switch (source.kind) {
    case 'upload':
      return 'Upload';
    case 'release':
      return source.started === true ? 'Start' : 'Rollback';
    case 'image':
      return source.reference;
    default:
      return source.commit?.message ?? source.branch;
  }
}

/** The branch and the commit of a deployment, for a second line. */
export function originText({ source }: Deployment): string | undefined {
  if (source.kind !== 'github' && source.kind !== 'git') return undefined;
  return source.commit === null ? source.branch : `${source.branch} · ${source.commit.id.slice(0, 7)}`;
}

/** The steps of the newest run. */
export const currentSteps = ({ steps, run }: Deployment): readonly Step[] => steps.filter((step) => step.run === run);

/** Whether the release of a deployment has a part of the traffic, and gets more. */
export function hasShare(deployment: Deployment): boolean {
  return isInFlight(deployment) && deployment.weight > 0 && deployment.weight < 100;
}
