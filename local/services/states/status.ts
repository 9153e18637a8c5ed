import type { Kernel } from '../../kernel/kernel.ts';
import type { EventPublisher } from '../../kernel/ports.ts';
import type { Execution } from './executions.ts';

type StatusChange = Parameters<EventPublisher['publish']>[0];

/**
 * The event that EventBridge gets for a status.
 * Source: Step Functions Developer Guide, "Automating with EventBridge".
 */
export function statusChange(execution: Execution): StatusChange {
  const { arn, machine, name, status, started, stopped, input, output, error, cause } = execution;
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machine.arn,
      name,
      status,
      startDate: started,
      stopDate: stopped ?? null,
      input,
      inputDetails: { included: true },
      output: output ?? null,
      outputDetails: output === undefined ? null : { included: true },
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}

/** Events that wait to be published, kept with the state they tell of: each is published at least once, in order. */
export interface Outbox {
  add(event: StatusChange): void;
  flush(): void;
}

export function createOutbox(kernel: Kernel, events: EventPublisher): Outbox {
  const waiting = kernel.store.collection<StatusChange>('states.outbox');
  let next = Number(waiting.entries().at(-1)?.[0] ?? 0);
  let busy = false;

  /** What is added while this runs is seen before it ends; what fails stays first and is tried at the next flush. */
  async function publishAll(): Promise<void> {
    busy = true;
    try {
      for (let [entry] = waiting.entries(); entry !== undefined; [entry] = waiting.entries()) {
        await events.publish(entry[1]);
        waiting.delete(entry[0]);
      }
    } catch (error) {
      kernel.note(`a status change of an execution was not published: ${String(error)}`);
    } finally {
      busy = false;
    }
  }

  return {
    add(event) {
      next += 1;
      waiting.put(String(next).padStart(12, '0'), event);
    },
    flush() {
      if (!busy) void publishAll();
    },
  };
}
