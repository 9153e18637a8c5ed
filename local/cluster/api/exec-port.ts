import type { Readable, Writable } from 'node:stream';
import type { Pod } from '../model.ts';

/** A request to `pods/exec`. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
export interface ExecRequest {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** A command that runs in a running container. */
export interface RunningCommand {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Absent with a terminal, which has one output. */
  readonly stderr: Readable | null;
  /** The exit code, once the command has ended and its output is read. */
  readonly exited: Promise<number>;
  /** Ends the command with all of its children. */
  end(): void;
  resize(columns: number, rows: number): void;
}

/** The runtime could not start a command; a client gets the message instead of an exit code. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Starts commands in running containers. */
export interface Executor {
  /** Undefined when the container does not run. Throws a `StartError`. */
  start(pod: Pod, container: string, request: ExecRequest): Promise<RunningCommand> | undefined;
}
