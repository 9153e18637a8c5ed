import type { Step, StepName } from '@gantry/contract/schemas/deployments.ts';

/** The step that begins, its run, and the number of its attempt. */
export interface Beginning {
  readonly name: StepName;
  readonly run: number;
  readonly attempt: number;
  readonly at: string;
}

/**
 * The steps after one has begun: a step that ran before has succeeded. Unchanged when that attempt or a later step is running already, so a repeat
 * changes nothing.
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

/** The steps after the running one has ended. */
export function endSteps(steps: readonly Step[], { at, ...end }: Ending): readonly Step[] {
  return steps.map((step) => (step.status === 'running' ? { ...step, ...end, endedAt: at } : step));
}

/** The running step, or the first step if none has begun. */
export function runningStep(steps: readonly Step[]): StepName {
  return steps.find((step) => step.status === 'running')?.name ?? 'prepare';
}
