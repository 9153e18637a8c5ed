/** An error of a state, as Retry and Catch see it: an error name and a cause, both strings. */
export class StateError extends Error {
  readonly error: string;
  readonly reason: string;

  constructor(error: string, reason: string) {
    super(`${error}: ${reason}`);
    this.error = error;
    this.reason = reason;
  }
}

/** Why a running state ends from outside; Retry and Catch do not see it. */
export type Interruption = 'stopped' | 'timed-out' | 'sibling-failed' | 'task-timed-out' | 'shutdown';

/** The reason of an `AbortSignal` that ends an execution, a branch or a task. */
export class Interrupted extends Error {
  readonly interruption: Interruption;

  constructor(interruption: Interruption) {
    super(`interrupted: ${interruption}`);
    this.interruption = interruption;
  }
}

/** The state's error for anything that was thrown while it ran. Interruptions pass through unchanged. */
export function asStateError(thrown: unknown): StateError {
  if (thrown instanceof Interrupted) throw thrown;
  if (thrown instanceof StateError) return thrown;
  return new StateError('States.Runtime', thrown instanceof Error ? thrown.message : String(thrown));
}
