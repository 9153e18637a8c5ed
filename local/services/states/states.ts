import { readFileSync } from 'node:fs';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { AssetLocator, BuildRunner, EventPublisher, FunctionInvoker } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Machine } from './execution.ts';
import { createExecutions } from './executions.ts';
import { createTasks } from './integrations.ts';
import { createOperations } from './operations.ts';
import { parseDefinition } from './validate.ts';

/** The services that Step Functions calls. */
export interface StatesPorts {
  readonly lambda: FunctionInvoker;
  readonly builds: BuildRunner;
  readonly events: EventPublisher;
  readonly assets: AssetLocator;
}

interface Properties {
  readonly DefinitionString?: string;
  readonly DefinitionS3Location?: { readonly Bucket: string; readonly Key: string };
  readonly DefinitionSubstitutions?: Readonly<Record<string, string | number | boolean>>;
  readonly RoleArn: string;
  readonly StateMachineName?: string;
  readonly StateMachineType?: string;
}

/** Step Functions: standard state machines in JSONata, whose executions survive the process. */
export function createStates(kernel: Kernel, ports: StatesPorts): Room {
  const machines = new Map<string, Machine>();
  const tasks = createTasks(kernel, ports.lambda, ports.builds);
  const executions = createExecutions(kernel, tasks, ports.events);

  const stateMachine: ResourceType = {
    type: 'AWS::StepFunctions::StateMachine',
    uses: [
      'DefinitionString',
      'DefinitionS3Location.Bucket',
      'DefinitionS3Location.Key',
      'DefinitionSubstitutions',
      'RoleArn',
      'StateMachineName',
      'StateMachineType',
    ],
    inert: {
      LoggingConfiguration: 'history is read with GetExecutionHistory; no log lines are written for executions',
      TracingConfiguration: 'traces are not collected locally',
      EncryptionConfiguration: 'local state is not encrypted',
      Tags: 'nothing local reads tags',
    },
    declare(properties, place) {
      const given = properties as unknown as Properties;
      const { RoleArn: roleArn, StateMachineType: type = 'STANDARD' } = given;
      if (type !== 'STANDARD') throw new AwsError('InvalidDefinition', `StateMachineType ${type} is not emulated.`);
      const name = given.StateMachineName ?? place.name(80);
      const arn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
      machines.set(arn, { arn, name, roleArn, definition: parseDefinition(definitionText(given, ports.assets)) });
      return { ref: arn, attributes: { Arn: arn, Name: name } };
    },
    async remove(arn) {
      machines.delete(arn);
      await executions.remove(arn);
    },
  };

  function machine(arn: string): Machine {
    const found = machines.get(arn);
    if (found === undefined) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  }

  return {
    services: [
      {
        signingName: 'states',
        protocol: 'json',
        model: () => import('@aws-sdk/client-sfn'),
        operations: createOperations(executions, machine),
      },
    ],
    resources: [stateMachine],
    start: () => executions.resume(),
    stop: () => executions.suspend(),
  };
}

/** The definition's text with its `${Substitutions}` filled in. One without a value is refused by name. */
function definitionText(properties: Properties, assets: AssetLocator): string {
  const { DefinitionString, DefinitionS3Location: location, DefinitionSubstitutions = {} } = properties;
  let text = DefinitionString;
  if (location !== undefined) {
    const file = assets.path(location.Bucket, location.Key);
    if (file === undefined) {
      throw new AwsError(
        'InvalidDefinition',
        `DefinitionS3Location ${location.Bucket}/${location.Key} is not an asset.`,
      );
    }
    text = readFileSync(file, 'utf8');
  }
  if (text === undefined)
    throw new AwsError('InvalidDefinition', 'DefinitionString or DefinitionS3Location is needed.');
  return text.replaceAll(/\$\{([A-Za-z0-9_]+)\}/g, (_, name: string) => {
    const value = DefinitionSubstitutions[name];
    if (value === undefined)
      throw new AwsError('InvalidDefinition', `DefinitionSubstitutions has no value for ${name}.`);
    return JSON.stringify(String(value)).slice(1, -1);
  });
}
