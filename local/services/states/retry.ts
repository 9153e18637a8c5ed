import type { Catcher, Retrier } from './definition.ts';

/** Errors that no wildcard matches: a retrier or catcher must name them. */
const TERMINAL = ['States.DataLimitExceeded', 'States.Runtime'];

/**
 * Whether `ErrorEquals` matches this error. `States.ALL` matches all but the terminal errors; `States.TaskFailed` matches the same except
 * `States.Timeout`. Source: Step Functions Developer Guide, "Handling errors in workflows".
 */
export function matches(errorEquals: readonly string[], error: string): boolean {
  if (errorEquals.includes(error)) return true;
  if (TERMINAL.includes(error)) return false;
  return (
    errorEquals.includes('States.ALL') || (errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout')
  );
}

export interface Retrying {
  /** The index of the retrier. */
  readonly index: number;
  readonly delaySeconds: number;
}

/**
 * The retry after `error`; undefined if none is left. `attempts` counts each retrier's earlier retries; the first matching retrier decides, even when
 * it is used up. `random` (0 to 1) is the jitter.
 */
export function nextRetry(
  retriers: readonly Retrier[],
  attempts: readonly number[],
  error: string,
  random: () => number,
): Retrying | undefined {
  const index = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, error));
  const retrier = retriers[index];
  if (retrier === undefined) return undefined;
  const done = attempts[index] ?? 0;
  if (done >= (retrier.MaxAttempts ?? 3)) return undefined;
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** done;
  const capped = Math.min(grown, retrier.MaxDelaySeconds ?? Number.MAX_SAFE_INTEGER);
  return { index, delaySeconds: retrier.JitterStrategy === 'FULL' ? capped * random() : capped };
}

export function catcherFor(catchers: readonly Catcher[], error: string): Catcher | undefined {
  return catchers.find((catcher) => matches(catcher.ErrorEquals, error));
}
