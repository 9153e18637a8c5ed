import type { Answers } from './answers.ts';
import type { StateScope } from './definition.ts';
import { StateError } from './errors.ts';
import type { Bindings } from './expression.ts';
import type { TaskCall } from './integrations.ts';
import type { Frame, Journal } from './journal.ts';
import type { Json, JsonObject } from './json.ts';

/** The shared parts of every state of one execution. */
export interface Run {
  readonly arn: string;
  readonly journal: Journal;
  readonly task: (call: Omit<TaskCall, 'principal'>) => Promise<Json>;
  /** `$states.context` without its `State` and `Map` parts. */
  readonly context: JsonObject;
  readonly transition: () => void;
  readonly answers: Answers;
}

/** A line of control: its states, the place of its frame, and its outer scope. */
export interface Line {
  readonly scope: StateScope;
  readonly path: string;
  readonly outer: JsonObject;
  readonly context: JsonObject;
  readonly signal: AbortSignal;
}

/** The frame of a running line. */
export function current(run: Run, line: Line): Frame {
  const frame = run.journal.frame(line.path);
  if (frame === undefined)
    throw new StateError('States.Runtime', `The execution has lost its place at '${line.path}'.`);
  return frame;
}

export function save(run: Run, line: Line, change: Partial<Frame>): void {
  run.journal.save(line.path, { ...current(run, line), ...change });
}

/** Records an event of the line's present state. */
export function record(run: Run, line: Line, type: string, details?: Readonly<Record<string, unknown>>): void {
  run.journal.atomically(() => save(run, line, { event: run.journal.record(type, current(run, line).event, details) }));
}

/** The names for expressions of the present state. */
export function bindings(run: Run, line: Line, more: JsonObject = {}): Bindings {
  const { state, input, variables, enteredAt, attempts, callback } = current(run, line);
  const RetryCount = attempts.reduce((sum, count) => sum + count, 0);
  const State = { Name: state, EnteredTime: enteredAt, RetryCount };
  const task = callback && { Task: { Token: callback.token } };
  const context = { ...run.context, ...line.context, State, ...task };
  return { states: { input, context, ...more }, variables: { ...line.outer, ...variables } };
}
