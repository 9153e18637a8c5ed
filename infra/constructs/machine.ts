import { aslOf } from '@gantry/statemachines/asl.ts';
import type { Machine } from '@gantry/statemachines/machine.ts';
import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { GantryFunction } from './function.ts';
import { allow, machineName } from './links.ts';
import type { Platform } from './platform.ts';
import { serviceOf } from './service-role.ts';

export interface GantryMachineProps {
  readonly platform: Platform;
  readonly table: Machine;
  /** Our own steps, by their name in the definition: `${<name>Function}`. */
  readonly steps: Readonly<Record<string, GantryFunction>>;
  /** Further names in the definition. */
  readonly substitutions?: Readonly<Record<string, string>>;
}

/** A state machine from its table in `statemachines/`, with a role that may invoke its steps. */
export class GantryMachine extends StateMachine {
  /** The role of the machine. */
  readonly runsAs: Role;

  constructor(scope: Construct, id: string, { platform, table, steps, substitutions = {} }: GantryMachineProps) {
    const name = id.toLowerCase();
    const role = new Role(scope, `${id}Role`, {
      assumedBy: serviceOf(scope, 'states.amazonaws.com'),
      description: `Runs the ${name} machine`,
    });
    const functions = Object.values(steps);
    role.addToPolicy(allow('InvokeSteps', ['lambda:InvokeFunction'], ...functions.map((step) => step.functionArn)));
    super(scope, id, {
      stateMachineName: machineName(platform.stage.stage, name),
      stateMachineType: StateMachineType.STANDARD,
      // Inline, so that the template alone shows what the machine does.
      definitionBody: DefinitionBody.fromString(JSON.stringify(aslOf(table))),
      definitionSubstitutions: {
        Partition: Aws.PARTITION,
        ...substitutions,
        ...Object.fromEntries(Object.entries(steps).map(([step, { functionArn }]) => [`${step}Function`, functionArn])),
      },
      role,
      // Not retained: with its fixed name a retained machine would block the next installation, and it holds nothing.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.runsAs = role;
    this.node.addDependency(role);
  }
}
