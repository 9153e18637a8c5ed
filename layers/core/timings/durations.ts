import type { Deployment, StepName } from '@gantry/contract/schemas/deployments.ts';

/** The measurements of a run that became live. */
export type Series = 'total' | 'platform' | StepName;

/** Steps whose time depends on the app: its build, its release command, its start. */
const OF_THE_APP: readonly StepName[] = ['build', 'release-command', 'verify'];

/** The durations of the newest run of a live deployment, in milliseconds: the total, the platform's own, and each step. */
export function durationsOf({
  steps,
  run,
  queuedAt,
  finishedAt,
  bakedSeconds,
}: Deployment): ReadonlyMap<Series, number> {
  const ofRun = steps
    .filter((step) => step.run === run && step.endedAt !== null)
    .map(({ name, startedAt, endedAt }) => [name, between(startedAt, endedAt)] as const);
  const total = between(queuedAt, finishedAt);
  const waited = ofRun.filter(([name]) => OF_THE_APP.includes(name)).reduce((sum, [, ms]) => sum + ms, 0);
  return new Map<Series, number>([['total', total], ['platform', total - waited - bakedSeconds * 1000], ...ofRun]);
}

function between(from: string, to: string | null): number {
  return to === null ? 0 : Date.parse(to) - Date.parse(from);
}
