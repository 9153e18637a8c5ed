import type { Kernel } from '../../kernel/kernel.ts';
import type { EventPublisher } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { createOutbox } from '../events/outbox.ts';
import { createAnswers } from './answers.ts';
import { placeOf } from './callback.ts';
import { sleepUntil } from './clock.ts';
import { asStateError, Interrupted } from './errors.ts';
import type { Execution, Machine } from './execution.ts';
import type { TaskRunner } from './integrations.ts';
import { walk } from './interpreter.ts';
import { type HistoryEvent, type Outcome, openJournal } from './journal.ts';
import { type Json, PAYLOAD_LIMIT } from './json.ts';
import { statusChange } from './status.ts';

export interface Executions {
  start(machine: Machine, name: string, input: string): Execution;
  stop(arn: string, error: string | undefined, cause: string | undefined): Execution;
  get(arn: string): Execution;
  /** Newest first. */
  list(machineArn: string): readonly Execution[];
  history(arn: string): readonly HistoryEvent[];
  /**
   * Says how the task of a token ended; durable when it returns. Throws `InvalidToken`, `TaskDoesNotExist` where its execution was
   * never started, `TaskTimedOut` where the task has ended.
   */
  answer(token: string, outcome: Outcome): void;
  /** Runs on what an earlier process left running. */
  resume(): void;
  /** Leaves every execution where it stands; the next `resume` takes it up. */
  suspend(): Promise<void>;
}

/** An execution's name stays taken this long after it ended. */
const NAME_KEPT_MS = 90 * 24 * 3_600_000;

export function createExecutions(kernel: Kernel, task: TaskRunner, events: EventPublisher): Executions {
  const records = kernel.store.collection<Execution>('states.executions');
  const outbox = createOutbox(kernel, events, 'states');
  const running = new Map<string, { readonly controller: AbortController; readonly done: Promise<void> }>();

  const answers = createAnswers();

  function get(arn: string): Execution {
    const execution = records.get(arn);
    if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  function commit(execution: Execution): void {
    kernel.store.atomically(() => {
      records.put(execution.arn, execution);
      outbox.add(statusChange(execution));
    });
    outbox.flush();
  }

  /** Ends an execution once; whoever comes second finds it ended. */
  function end(arn: string, change: Pick<Execution, 'status'> & Partial<Execution>): Execution {
    const execution = get(arn);
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
    commit(ended);
    return ended;
  }

  async function run(execution: Execution, controller: AbortController): Promise<void> {
    const { arn, machine, input } = execution;
    const deadline = machine.definition.TimeoutSeconds;
    const over = new AbortController();
    if (deadline !== undefined) {
      sleepUntil(execution.started + deadline * 1000, over.signal).then(
        () => controller.abort(new Interrupted('timed-out')),
        () => undefined,
      );
    }
    const parsed = JSON.parse(input) as Json;
    const context = {
      Execution: {
        Id: arn,
        Name: execution.name,
        Input: parsed,
        RoleArn: machine.roleArn,
        StartTime: new Date(execution.started).toISOString(),
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
    };
    try {
      const output = await walk(
        {
          arn,
          context,
          journal: openJournal(kernel.store, arn),
          answers,
          transition: () => kernel.meter.count('states.transitions'),
          task: (call) => {
            const principal = kernel.iam.assume(machine.roleArn, 'states.amazonaws.com', execution.name);
            return task({ ...call, principal });
          },
        },
        { scope: machine.definition, path: '', outer: {}, context: {}, signal: controller.signal },
        parsed,
        1,
      );
      end(arn, { status: 'SUCCEEDED', output: JSON.stringify(output) });
    } catch (thrown) {
      if (thrown instanceof Interrupted) {
        if (thrown.interruption === 'timed-out') end(arn, { status: 'TIMED_OUT', error: 'States.Timeout', cause: '' });
        return;
      }
      const failure = asStateError(thrown);
      end(arn, { status: 'FAILED', error: failure.error, cause: failure.reason });
    } finally {
      over.abort(new Interrupted('shutdown'));
    }
  }

  function launch(execution: Execution): void {
    const controller = new AbortController();
    const done = run(execution, controller)
      .catch((error: Error) => kernel.note(`execution ${execution.arn}: ${error.message}`))
      .finally(() => running.delete(execution.arn));
    running.set(execution.arn, { controller, done });
  }

  return {
    get,
    start(machine, name, input) {
      checkInput(input);
      const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
      const earlier = records.get(arn);
      if (earlier?.status === 'RUNNING' && earlier.input === input) return earlier;
      const free = earlier === undefined || (earlier.stopped ?? Date.now()) < Date.now() - NAME_KEPT_MS;
      if (!free) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      const execution: Execution = { arn, name, machine, status: 'RUNNING', started: Date.now(), input };
      const journal = openJournal(kernel.store, arn);
      journal.atomically(() => {
        journal.remove();
        records.put(arn, execution);
        outbox.add(statusChange(execution));
        openJournal(kernel.store, arn).record('ExecutionStarted', 0, { input, roleArn: machine.roleArn });
      });
      outbox.flush();
      launch(execution);
      return execution;
    },
    stop(arn, error, cause) {
      const ended = end(arn, {
        status: 'ABORTED',
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      });
      running.get(arn)?.controller.abort(new Interrupted('stopped'));
      return ended;
    },
    list(machineArn) {
      const all = records.entries(`${machineArn.replace(':stateMachine:', ':execution:')}:`);
      return all.map(([, execution]) => execution).sort((a, b) => b.started - a.started);
    },
    history(arn) {
      get(arn);
      return openJournal(kernel.store, arn).history();
    },
    answer(token, outcome) {
      const { arn, path } = placeOf(token);
      const execution = records.get(arn);
      if (execution === undefined) throw new AwsError('TaskDoesNotExist', "Task does not exist: 'Unknown task'");
      const journal = openJournal(kernel.store, arn);
      const frame = execution.status === 'RUNNING' ? journal.frame(path) : undefined;
      if (frame?.callback?.token !== token || frame.callback.outcome !== undefined) {
        throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
      }
      journal.save(path, { ...frame, callback: { ...frame.callback, outcome } });
      answers.give(token);
    },
    resume() {
      outbox.flush();
      for (const [arn, execution] of records.entries()) {
        if (execution.status === 'RUNNING' && !running.has(arn)) launch(execution);
        if ((execution.stopped ?? Date.now()) < Date.now() - NAME_KEPT_MS) {
          openJournal(kernel.store, arn).remove();
          records.delete(arn);
        }
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
