import type { Kernel } from '../../kernel/kernel.ts';
import type { EventPublisher } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { createOutbox } from '../events/outbox.ts';
import { createAnswers } from './answers.ts';
import { Interrupted } from './errors.ts';
import type { Execution, Machine } from './execution.ts';
import type { TaskRunner } from './integrations.ts';
import { type HistoryEvent, type Outcome, openJournal } from './journal.ts';
import { PAYLOAD_LIMIT } from './json.ts';
import {
  beginExecution,
  endExecution,
  executionArn,
  forgetOld,
  type Records,
  recordOutcome,
  requireExecution,
  sameExecution,
} from './records.ts';
import { runExecution } from './run-execution.ts';

export interface Executions {
  start(machine: Machine, name: string, input: string): Execution;
  stop(arn: string, error: string | undefined, cause: string | undefined): Execution;
  get(arn: string): Execution;
  /** Newest first. */
  list(machineArn: string): readonly Execution[];
  history(arn: string): readonly HistoryEvent[];
  /**
   * Records the answer to a task's token; durable when it returns. Throws `InvalidToken`, `TaskDoesNotExist` when its execution never started,
   * `TaskTimedOut` when the task has ended.
   */
  answer(token: string, outcome: Outcome): void;
  /** Stops a machine's executions and forgets all of them. */
  remove(machineArn: string): Promise<void>;
  /** Continues the executions of an earlier process. */
  resume(): void;
  /** Leaves every execution where it is; the next `resume` continues it. */
  suspend(): Promise<void>;
}

export function createExecutions(kernel: Kernel, task: TaskRunner, events: EventPublisher): Executions {
  const rows = kernel.store.collection<Execution>('states.executions');
  const records: Records = { kernel, rows, outbox: createOutbox(kernel, events, 'states') };
  const running = new Map<string, { readonly controller: AbortController; readonly done: Promise<void> }>();
  const answers = createAnswers();

  function launch(execution: Execution): void {
    const controller = new AbortController();
    const done = runExecution({ records, task, answers }, execution, controller)
      .catch((error: Error) => kernel.note(`execution ${execution.arn}: ${error.message}`))
      .finally(() => running.delete(execution.arn));
    running.set(execution.arn, { controller, done });
  }

  return {
    get: (arn) => requireExecution(records, arn),
    start(machine, name, input) {
      checkInput(input);
      const same = sameExecution(records, executionArn(machine.arn, name), input);
      if (same !== undefined) return same;
      const execution = beginExecution(records, machine, name, input);
      launch(execution);
      return execution;
    },
    stop(arn, error, cause) {
      const reason = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
      const ended = endExecution(records, arn, { status: 'ABORTED', ...reason });
      running.get(arn)?.controller.abort(new Interrupted('stopped'));
      return ended;
    },
    list(machineArn) {
      const all = rows.entries(executionArn(machineArn, ''));
      return all.map(([, execution]) => execution).sort((a, b) => b.started - a.started);
    },
    history(arn) {
      requireExecution(records, arn);
      return openJournal(kernel.store, arn).history();
    },
    answer(token, outcome) {
      recordOutcome(records, token, outcome);
      answers.give(token);
    },
    async remove(machineArn) {
      const mine = rows.entries(executionArn(machineArn, ''));
      const active = mine.flatMap(([arn]) => running.get(arn) ?? []);
      for (const { controller } of active) controller.abort(new Interrupted('shutdown'));
      await Promise.all(active.map(({ done }) => done));
      for (const [arn] of mine) {
        openJournal(kernel.store, arn).remove();
        rows.delete(arn);
      }
    },
    resume() {
      records.outbox.flush();
      for (const [arn, execution] of rows.entries()) {
        if (execution.status === 'RUNNING' && !running.has(arn)) launch(execution);
        forgetOld(records, execution);
      }
    },
    async suspend() {
      const all = [...running.values()];
      for (const { controller } of all) controller.abort(new Interrupted('shutdown'));
      await Promise.all(all.map(({ done }) => done));
    },
  };
}

function checkInput(input: string): void {
  if (Buffer.byteLength(input) > PAYLOAD_LIMIT) {
    throw new AwsError('InvalidExecutionInput', `The input is longer than ${PAYLOAD_LIMIT} bytes.`);
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`);
  }
}
