import type { Kernel } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import type { Outbox } from '../events/outbox.ts';
import { placeOf } from './callback.ts';
import type { Execution, Machine } from './execution.ts';
import { type Outcome, openJournal } from './journal.ts';
import { statusChange } from './status.ts';

/** An execution's name stays taken for this long after its end. */
const NAME_KEPT_MS = 90 * 24 * 3_600_000;

/** The stored executions. Each change of a status goes to the outbox in the same transaction. */
export interface Records {
  readonly kernel: Kernel;
  readonly rows: Collection<Execution>;
  readonly outbox: Outbox;
}

/** Throws `ExecutionDoesNotExist`. */
export function requireExecution({ rows }: Records, arn: string): Execution {
  const execution = rows.get(arn);
  if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

/** The running execution of that name with the same input, if there is one. Throws `ExecutionAlreadyExists` when the name is taken otherwise. */
export function sameExecution({ rows }: Records, arn: string, input: string): Execution | undefined {
  const earlier = rows.get(arn);
  if (earlier?.status === 'RUNNING' && earlier.input === input) return earlier;
  if (earlier === undefined || isOld(earlier)) return undefined;
  throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
}

/** Records a new execution under a free name. */
export function beginExecution(records: Records, machine: Machine, name: string, input: string): Execution {
  const { kernel, rows, outbox } = records;
  const arn = executionArn(machine.arn, name);
  const execution: Execution = { arn, name, machine, status: 'RUNNING', started: Date.now(), input };
  const journal = openJournal(kernel.store, arn);
  journal.atomically(() => {
    journal.remove();
    rows.put(arn, execution);
    outbox.add(statusChange(execution));
    openJournal(kernel.store, arn).record('ExecutionStarted', 0, { input, roleArn: machine.roleArn });
  });
  outbox.flush();
  return execution;
}

/** Ends an execution once; a second caller finds it ended. */
export function endExecution(
  records: Records,
  arn: string,
  change: Pick<Execution, 'status'> & Partial<Execution>,
): Execution {
  const { kernel, rows, outbox } = records;
  const execution = requireExecution(records, arn);
  if (execution.status !== 'RUNNING') return execution;
  const ended = { ...execution, ...change, stopped: Date.now() };
  const journal = openJournal(kernel.store, arn);
  const type = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted', RUNNING: '' };
  const { status: _, ...details } = change;
  journal.atomically(() => {
    const last = journal.frame('')?.event ?? 1;
    journal.record(`Execution${type[change.status]}`, last, details);
    journal.close();
  });
  kernel.store.atomically(() => {
    rows.put(arn, ended);
    outbox.add(statusChange(ended));
  });
  outbox.flush();
  if (change.status === 'FAILED' || change.status === 'TIMED_OUT') {
    const dimensions = { StateMachineArn: ended.machine.arn };
    const name = `Executions${type[change.status]}`;
    kernel.metrics?.record({ namespace: 'AWS/States', name, dimensions, value: 1 });
  }
  return ended;
}

/** Records the answer to a task's token. Throws as `Executions.answer` says. */
export function recordOutcome({ kernel, rows }: Records, token: string, outcome: Outcome): void {
  const { arn, path } = placeOf(token);
  const execution = rows.get(arn);
  if (execution === undefined) throw new AwsError('TaskDoesNotExist', "Task does not exist: 'Unknown task'");
  const journal = openJournal(kernel.store, arn);
  const frame = execution.status === 'RUNNING' ? journal.frame(path) : undefined;
  if (frame?.callback?.token !== token || frame.callback.outcome !== undefined) {
    throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  }
  journal.save(path, { ...frame, callback: { ...frame.callback, outcome } });
}

/** Deletes an execution, with its history, whose name is free again. */
export function forgetOld({ kernel, rows }: Records, execution: Execution): void {
  if (!isOld(execution)) return;
  openJournal(kernel.store, execution.arn).remove();
  rows.delete(execution.arn);
}

/** `arn:…:execution:<machine>:<name>`; with an empty name the prefix of all of a machine's. */
export function executionArn(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

function isOld({ stopped }: Execution): boolean {
  return (stopped ?? Date.now()) < Date.now() - NAME_KEPT_MS;
}
