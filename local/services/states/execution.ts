import type { Definition } from './definition.ts';

/** A state machine as the template declares it. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: Definition;
}

type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** An execution. It keeps the definition and role that it started with, as AWS does when a machine is updated. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: Machine;
  readonly status: Status;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly stopped?: number;
  /** JSON texts, as they were given. */
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}
