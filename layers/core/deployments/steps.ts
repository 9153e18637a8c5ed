import type { Step, StepName } from '@gantry/contract/schemas/deployments.ts';

/** The steps once `name` has begun: what ran before it has succeeded. Unchanged where it already runs or is behind. */
export function beginStep(steps: readonly Step[], name: StepName, at: string): readonly Step[] {
  if (steps.some((step) => step.name === name)) return steps;
  return [...endSteps(steps, 'succeeded', at), { name, status: 'running', startedAt: at, endedAt: null }];
}

/** The steps once whatever ran has ended. */
export function endSteps(steps: readonly Step[], status: 'succeeded' | 'failed', at: string): readonly Step[] {
  return steps.map((step) => (step.status === 'running' ? { ...step, status, endedAt: at } : step));
}

/** The step that runs now, or the one that would have come first. */
export function runningStep(steps: readonly Step[]): StepName {
  return steps.find((step) => step.status === 'running')?.name ?? 'prepare';
}
