import type { Kernel } from '../../kernel/kernel.ts';
import type { EventPublisher } from '../../kernel/ports.ts';
import type { Execution } from './executions.ts';

type StatusChange = Parameters<EventPublisher['publish']>[0];

/** Of input and output together, as JSON strings. Where they are longer the input is left out, and the output where it is alone. */
const DATA_LIMIT = 248 * 1024;

/**
 * The event that EventBridge gets for a status; times are in milliseconds since 1970.
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function statusChange(execution: Execution): StatusChange {
  const { arn, machine, name, status, started, stopped, input, output, error, cause } = execution;
  const withOutput = escapedBytes(output) <= DATA_LIMIT;
  const withInput = escapedBytes(input) + escapedBytes(output) <= DATA_LIMIT;
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
      input: withInput ? input : null,
      inputDetails: { included: withInput },
      output: withOutput ? (output ?? null) : null,
      outputDetails: output === undefined ? null : { included: withOutput },
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}

function escapedBytes(text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(JSON.stringify(text));
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
