import type { Answers } from './answers.ts';
import { sleepUntil } from './clock.ts';
import { asStateError, Interrupted } from './errors.ts';
import type { Execution } from './execution.ts';
import type { TaskRunner } from './integrations.ts';
import { walk } from './interpreter.ts';
import { openJournal } from './journal.ts';
import type { Json } from './json.ts';
import type { Run } from './line.ts';
import { endExecution, type Records } from './records.ts';

/** The services of executions. */
export interface RunParts {
  readonly records: Records;
  readonly task: TaskRunner;
  readonly answers: Answers;
}

/** Walks an execution's states from its journal's position to its end, or until `controller` interrupts it. */
export async function runExecution(parts: RunParts, execution: Execution, controller: AbortController): Promise<void> {
  const { records } = parts;
  const { arn, machine } = execution;
  const over = new AbortController();
  limitTime(execution, controller, over.signal);
  const input = JSON.parse(execution.input) as Json;
  try {
    const line = { scope: machine.definition, path: '', outer: {}, context: {}, signal: controller.signal };
    const output = await walk(runOf(parts, execution, input), line, input, 1);
    endExecution(records, arn, { status: 'SUCCEEDED', output: JSON.stringify(output) });
  } catch (thrown) {
    if (thrown instanceof Interrupted) {
      if (thrown.interruption === 'timed-out')
        endExecution(records, arn, { status: 'TIMED_OUT', error: 'States.Timeout', cause: '' });
      return;
    }
    const failure = asStateError(thrown);
    endExecution(records, arn, { status: 'FAILED', error: failure.error, cause: failure.reason });
  } finally {
    over.abort(new Interrupted('shutdown'));
  }
}

/** Interrupts an execution at its machine's time limit, unless `over` comes first. */
function limitTime({ started, machine }: Execution, controller: AbortController, over: AbortSignal): void {
  const limit = machine.definition.TimeoutSeconds;
  if (limit === undefined) return;
  sleepUntil(started + limit * 1000, over).then(
    () => controller.abort(new Interrupted('timed-out')),
    () => undefined,
  );
}

function runOf({ records: { kernel }, task, answers }: RunParts, execution: Execution, input: Json): Run {
  const { arn, name, machine, started } = execution;
  return {
    arn,
    context: {
      Execution: {
        Id: arn,
        Name: name,
        Input: input,
        RoleArn: machine.roleArn,
        StartTime: new Date(started).toISOString(),
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
    },
    journal: openJournal(kernel.store, arn),
    answers,
    transition: () => kernel.meter.count('states.transitions'),
    task: (call) => {
      const principal = kernel.iam.assume(machine.roleArn, 'states.amazonaws.com', name);
      return task({ ...call, principal });
    },
  };
}
