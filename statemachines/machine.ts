/**
 * A state machine as a typed table: one row per state, in reading order. `asl.ts` turns a table into Amazon States Language, and adds what every step
 * shares (retries, catches).
 */

/** A JSONata expression, without Step Functions' `{% %}` around it. */
export type Expression = string;

/** How often a failed step is tried again. The waits double, with full jitter. */
export interface Repeats {
  readonly attempts: number;
  readonly firstWaitSeconds: number;
  readonly longestWaitSeconds: number;
}

/** Values of variables by name; strings are JSONata, other values are literals. */
export type Assignments = Readonly<Record<string, Expression | number | null | Readonly<Record<string, Expression>>>>;

interface Common {
  readonly comment?: string;
}

/** A step of ours: one Lambda function, named as the state. Its substitution in the template is `${<State>Function}`. */
export interface Step extends Common {
  readonly type: 'step';
  /** Further input of the function, beside the machine's subject. */
  readonly payload?: Readonly<Record<string, Expression>>;
  readonly assign?: Assignments;
  /** The machine's output, if this is the last step. */
  readonly output?: Expression;
  readonly timeoutSeconds: number;
  readonly repeats: Repeats;
  /** True if a repeat after the function's own time limit cannot help, because the step uses all of it by design. */
  readonly finalTimeout?: boolean;
  /** True if the step ends by an answer to its task token, which is then part of the payload. */
  readonly waitsForToken?: boolean;
  /** The next state; undefined ends the machine. */
  readonly next?: string;
}

/** A step that AWS itself does, by a service integration. */
export interface Integration extends Common {
  readonly type: 'integration';
  /** The part after `arn:…:states:::`. */
  readonly resource: string;
  readonly arguments: unknown;
  readonly assign?: Assignments;
  readonly timeoutSeconds: number;
  /** The only errors with a retry. */
  readonly repeatOn: readonly string[];
  readonly repeats: Repeats;
  readonly next: string;
}

export interface Choice extends Common {
  readonly type: 'choice';
  /** The first true condition decides. */
  readonly when: readonly (readonly [Expression, string])[];
  readonly otherwise: string;
}

export interface Wait extends Common {
  readonly type: 'wait';
  readonly seconds: Expression;
  readonly assign?: Assignments;
  readonly next: string;
}

interface Succeed extends Common {
  readonly type: 'succeed';
}

export interface Fail extends Common {
  readonly type: 'fail';
  /** The error's name: an expression, or a literal in `name`. */
  readonly error: Expression | { readonly name: string };
  readonly cause: Expression;
}

/** Cleans up after a failed step; retried on every error, and leads to `failed` when it fails for good. */
export interface Undo extends Common {
  readonly type: 'undo';
  readonly payload: Readonly<Record<string, Expression>>;
  readonly timeoutSeconds: number;
  readonly repeats: Repeats;
  readonly next: string;
  readonly failed: string;
}

export type State = Step | Integration | Choice | Wait | Succeed | Fail | Undo;

export interface Machine {
  readonly comment: string;
  readonly timeoutSeconds: number;
  /** The subject of all steps: a variable, set by the first state from the machine's input. */
  readonly subject: string;
  /** The fields of the input in the subject; undefined for the whole input. */
  readonly subjectFields?: readonly string[];
  /** Whether steps get the number of their attempt. */
  readonly countsAttempts: boolean;
  /** The next state after a failed step. The variable `failure` then names the step and the reason. */
  readonly onFailure: string;
  readonly states: Readonly<Record<string, State>>;
}

/** The name of a step's files, in `functions/` and in core: `release-command` for the step `ReleaseCommand`. */
export function fileOf(step: string): string {
  return step.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
