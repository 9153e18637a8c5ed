import type { Step, StepName } from '@gantry/contract/schemas/deployments.ts';

/** Which step of which run begins, and its how many-th attempt it is. */
export interface Beginning {
  readonly name: StepName;
  readonly run: number;
  readonly attempt: number;
  readonly at: string;
}

/**
 * The steps once one has begun: what ran before it has succeeded. Unchanged where it already runs at that attempt or is behind, so that a
 * repeat changes nothing.
 */
export function beginStep(steps: readonly Step[], { name, run, attempt, at }: Beginning): readonly Step[] {
  const known = steps.find((step) => step.name === name && step.run === run);
  if (known === undefined) {
    const begun: Step = { name, run, status: 'running', attempts: attempt, startedAt: at, endedAt: null, reason: null };
    return [...endSteps(steps, { status: 'succeeded', at }), begun];
  }
  if (known.status !== 'running' || known.attempts >= attempt) return steps;
  return steps.map((step) => (step === known ? { ...step, attempts: attempt } : step));
}

type Ending =
  | { readonly status: 'succeeded'; readonly at: string }
  | { readonly status: 'failed'; readonly at: string; readonly reason: string };

/** The steps once whatever ran has ended. */
export function endSteps(steps: readonly Step[], { at, ...end }: Ending): readonly Step[] {
  return steps.map((step) => (step.status === 'running' ? { ...step, ...end, endedAt: at } : step));
}

/** The step that runs now, or the one that would have come first. */
export function runningStep(steps: readonly Step[]): StepName {
  return steps.find((step) => step.status === 'running')?.name ?? 'prepare';
}
