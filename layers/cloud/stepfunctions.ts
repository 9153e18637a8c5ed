import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { clientDefaults } from './client.ts';
import { awsErrorName } from './failures.ts';

const states = new SFNClient(clientDefaults);

/** Starts an execution of that name. A repeat with the same name is harmless: the first one stands. */
export async function startExecution(machineArn: string, name: string, input: unknown): Promise<void> {
  try {
    await states.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (awsErrorName(error) !== 'ExecutionAlreadyExists') throw error;
  }
}

/** Stops an execution by its machine and name; harmless where it has ended, or was never started. */
export async function stopExecution(machineArn: string, name: string): Promise<void> {
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    await states.send(new StopExecutionCommand({ executionArn }));
  } catch (error) {
    if (awsErrorName(error) !== 'ExecutionDoesNotExist') throw error;
  }
}
