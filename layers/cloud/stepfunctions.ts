import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
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
