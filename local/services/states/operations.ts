import { randomUUID } from 'node:crypto';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import { type AnyOperation, AwsError, type Operation } from '../../kernel/service.ts';
import { placeOf } from './callback.ts';
import type { Execution, Machine } from './execution.ts';
import type { Executions } from './executions.ts';
import { type Json, PAYLOAD_LIMIT } from './json.ts';

interface Paged {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** Step Functions' operations that the product calls. Timestamps are in seconds since 1970. */
export function createOperations(
  executions: Executions,
  machine: (arn: string) => Machine,
): Readonly<Record<string, AnyOperation>> {
  const StartExecution: Operation<{ stateMachineArn: string; name?: string; input?: string }, unknown> = {
    uses: ['stateMachineArn', 'name', 'input'],
    inert: { traceHeader: 'traces are not collected locally' },
    access: ({ stateMachineArn }) => [{ action: 'states:StartExecution', resource: stateMachineArn }],
    handle({ stateMachineArn, name = randomUUID(), input = '{}' }) {
      if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) {
        throw new AwsError('InvalidName', `Invalid Name: '${name}': 1 to 80 characters without spaces and brackets`);
      }
      const { arn, started } = executions.start(machine(stateMachineArn), name, input);
      return { executionArn: arn, startDate: started / 1000 };
    },
  };

  const StopExecution: Operation<{ executionArn: string; error?: string; cause?: string }, unknown> = {
    uses: ['executionArn', 'error', 'cause'],
    access: ({ executionArn }) => [{ action: 'states:StopExecution', resource: executionArn }],
    handle: ({ executionArn, error, cause }) => ({
      stopDate: (executions.stop(checked(executionArn), error, cause).stopped ?? 0) / 1000,
    }),
  };

  const DescribeExecution: Operation<{ executionArn: string }, unknown> = {
    uses: ['executionArn'],
    inert: { includedData: 'inputs and outputs are not encrypted locally: all data is included' },
    access: ({ executionArn }) => [{ action: 'states:DescribeExecution', resource: executionArn }],
    handle({ executionArn }) {
      const execution = executions.get(checked(executionArn));
      const { input, output, error, cause } = execution;
      return {
        ...summary(execution),
        input,
        inputDetails: { included: true },
        ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      };
    },
  };

  const ListExecutions: Operation<{ stateMachineArn: string; statusFilter?: string } & Paged, unknown> = {
    uses: ['stateMachineArn', 'statusFilter', 'maxResults', 'nextToken'],
    access: ({ stateMachineArn }) => [{ action: 'states:ListExecutions', resource: stateMachineArn }],
    handle({ stateMachineArn, statusFilter, ...paged }) {
      const all = executions.list(machine(stateMachineArn).arn);
      const matching = all.filter(({ status }) => statusFilter === undefined || status === statusFilter);
      const { items, nextToken } = page(matching, paged, 100);
      return { executions: items.map(summary), ...nextToken };
    },
  };

  const GetExecutionHistory: Operation<
    { executionArn: string; reverseOrder?: boolean; includeExecutionData?: boolean } & Paged,
    unknown
  > = {
    uses: ['executionArn', 'reverseOrder', 'maxResults', 'nextToken'],
    inert: { includeExecutionData: 'inputs and outputs are always included' },
    access: ({ executionArn }) => [{ action: 'states:GetExecutionHistory', resource: executionArn }],
    handle({ executionArn, reverseOrder, ...paged }) {
      const events = executions.history(checked(executionArn));
      const { items, nextToken } = page(reverseOrder === true ? events.toReversed() : events, paged, 100);
      return { events: items, ...nextToken };
    },
  };

  const SendTaskSuccess: Operation<{ taskToken: string; output: string }, unknown> = {
    uses: ['taskToken', 'output'],
    access: ({ taskToken }) => [{ action: 'states:SendTaskSuccess', resource: machineOf(taskToken) }],
    handle({ taskToken, output }) {
      executions.answer(taskToken, { output: parsed(output) });
      return {};
    },
  };

  const SendTaskFailure: Operation<{ taskToken: string; error?: string; cause?: string }, unknown> = {
    uses: ['taskToken', 'error', 'cause'],
    access: ({ taskToken }) => [{ action: 'states:SendTaskFailure', resource: machineOf(taskToken) }],
    handle({ taskToken, error = 'States.TaskFailed', cause = '' }) {
      executions.answer(taskToken, { error, cause });
      return {};
    },
  };

  return {
    StartExecution,
    StopExecution,
    DescribeExecution,
    ListExecutions,
    GetExecutionHistory,
    SendTaskSuccess,
    SendTaskFailure,
  };
}

function summary({ arn, machine, name, status, started, stopped }: Execution) {
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: started / 1000,
    ...(stopped === undefined ? {} : { stopDate: stopped / 1000 }),
  };
}

/**
 * The resource of `states:SendTask…`: the task's state machine. The Service Authorization Reference lists none, but Step Functions names the machine
 * in its denials, and grants by it (`StateMachine.grantTaskResponse` of the CDK).
 */
function machineOf(token: string): string {
  return placeOf(token)
    .arn.replace(':execution:', ':stateMachine:')
    .replace(/:[^:]*$/, '');
}

function parsed(output: string): Json {
  if (Buffer.byteLength(output) > PAYLOAD_LIMIT) {
    throw new AwsError('InvalidOutput', `The output is longer than ${PAYLOAD_LIMIT} bytes.`);
  }
  try {
    return JSON.parse(output) as Json;
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
  }
}

function checked(arn: string): string {
  if (!arn.startsWith(`arn:aws:states:${REGION}:${ACCOUNT}:execution:`)) {
    throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
  }
  return arn;
}

function page<T>(all: readonly T[], { maxResults, nextToken }: Paged, usual: number) {
  const from = nextToken === undefined ? 0 : Number(nextToken);
  if (!Number.isInteger(from) || from < 0) throw new AwsError('InvalidToken', `Invalid Token: '${nextToken}'`);
  const size = maxResults === undefined || maxResults === 0 ? usual : Math.min(maxResults, 1_000);
  const end = from + size;
  return { items: all.slice(from, end), nextToken: end < all.length ? { nextToken: String(end) } : {} };
}
