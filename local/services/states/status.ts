import type { ServiceEvent } from '../../kernel/ports.ts';
import type { Execution } from './execution.ts';

/** The limit of input and output together, as JSON strings. Above it the input is left out, and then the output if it is too long by itself. */
const DATA_LIMIT = 248 * 1024;

/**
 * The event that EventBridge gets for a status; times are in milliseconds since 1970.
 * Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function statusChange(execution: Execution): ServiceEvent {
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
