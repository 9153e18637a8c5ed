import {
  DescribeExecutionCommand,
  type ExecutionStatus,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

const states = new SFNClient(clientDefaults);

/** Starts an execution of that name. A repeat with the same name changes nothing. */
export async function startExecution(machineArn: string, name: string, input: unknown): Promise<void> {
  try {
    await states.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (awsErrorName(error) !== 'ExecutionAlreadyExists') throw error;
  }
}

/** Stops an execution by its machine and name; harmless when it has ended, or never started. */
export async function stopExecution(machineArn: string, name: string): Promise<void> {
  try {
    await states.send(new StopExecutionCommand({ executionArn: executionArn(machineArn, name) }));
  } catch (error) {
    if (awsErrorName(error) !== 'ExecutionDoesNotExist') throw error;
  }
}

/** Ends a wait for a task token with this output (at most 256 KB). A wait that has ended already is no error. */
export async function sendTaskSuccess(token: string, output: unknown): Promise<void> {
  const command = new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) });
  try {
    await available('Step Functions', () => states.send(command));
  } catch (error) {
    if (!['TaskTimedOut', 'TaskDoesNotExist'].includes(awsErrorName(error))) throw error;
  }
}

export interface Execution {
  readonly status: ExecutionStatus | undefined;
  /** Milliseconds since 1970; undefined while it runs. */
  readonly stoppedAt: number | undefined;
}

/** The state of an execution, by its machine and name; undefined if it never started. Step Functions may be a moment late. */
export async function describeExecution(machineArn: string, name: string): Promise<Execution | undefined> {
  const command = new DescribeExecutionCommand({ executionArn: executionArn(machineArn, name) });
  try {
    const { status, stopDate } = await available('Step Functions', () => states.send(command));
    return { status, stoppedAt: stopDate?.getTime() };
  } catch (error) {
    if (awsErrorName(error) === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

function executionArn(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
