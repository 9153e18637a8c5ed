import type { Deployment, Step } from '@gantry/contract/schemas/deployments.ts';

const IN_FLIGHT: ReadonlySet<string> = new Set(['queued', 'building', 'deploying']);

export const isInFlight = ({ status }: Deployment): boolean => IN_FLIGHT.has(status);

/** What a deployment brings, on one line. */
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

/** Where it is from, beside the line above. */
export function originText({ source }: Deployment): string | undefined {
  if (source.kind !== 'github' && source.kind !== 'git') return undefined;
  return source.commit === null ? source.branch : `${source.branch} · ${source.commit.id.slice(0, 7)}`;
}

/** The steps of the newest run. */
export const currentSteps = ({ steps, run }: Deployment): readonly Step[] => steps.filter((step) => step.run === run);
