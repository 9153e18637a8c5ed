import type { Json, JsonObject } from './json.ts';

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Output?: Json;
  readonly Assign?: JsonObject;
}

interface ChoiceRule {
  readonly Condition: Json;
  readonly Next: string;
  readonly Output?: Json;
  readonly Assign?: JsonObject;
}

interface Shaping {
  readonly Output?: Json;
  readonly Assign?: JsonObject;
}

interface Flow extends Shaping {
  readonly Next?: string;
}

interface Guarded {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Flow, Guarded {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments?: Json;
  readonly TimeoutSeconds?: Json;
}

interface PassState extends Flow {
  readonly Type: 'Pass';
}

export interface WaitState extends Flow {
  readonly Type: 'Wait';
  readonly Seconds?: Json;
  readonly Timestamp?: Json;
}

export interface ChoiceState extends Shaping {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

interface SucceedState {
  readonly Type: 'Succeed';
  readonly Output?: Json;
}

interface FailState {
  readonly Type: 'Fail';
  readonly Error?: Json;
  readonly Cause?: Json;
}

export interface ParallelState extends Flow, Guarded {
  readonly Type: 'Parallel';
  readonly Arguments?: Json;
  readonly Branches: readonly StateScope[];
}

export interface MapState extends Flow, Guarded {
  readonly Type: 'Map';
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly ItemProcessor: StateScope;
  readonly MaxConcurrency?: Json;
}

export type State =
  | TaskState
  | PassState
  | WaitState
  | ChoiceState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

/** States of one level: the machine itself, a branch of a Parallel or the processor of a Map. */
export interface StateScope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A state machine in the Amazon States Language, JSONata only, after the checks of `parseDefinition`. */
export interface Definition extends StateScope {
  readonly TimeoutSeconds?: number;
}
