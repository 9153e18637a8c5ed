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
  /** The steps that are ours, by the name that the definition has for each: `${<name>Function}`. */
  readonly steps: Readonly<Record<string, GantryFunction>>;
  /** What else the definition names. */
  readonly substitutions?: Readonly<Record<string, string>>;
}

/** A state machine from its table in `statemachines/`, with a role that may invoke its steps. */
export class GantryMachine extends StateMachine {
  /** What the machine runs as. */
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
      // Inline, so that the template alone says what the machine does.
      definitionBody: DefinitionBody.fromString(JSON.stringify(aslOf(table))),
      definitionSubstitutions: {
        Partition: Aws.PARTITION,
        ...substitutions,
        ...Object.fromEntries(Object.entries(steps).map(([step, { functionArn }]) => [`${step}Function`, functionArn])),
      },
      role,
      // Its name is fixed, so that one that stayed would be in the way of the next installation, and it holds nothing.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.runsAs = role;
    this.node.addDependency(role);
  }
}
