import * as model from '@aws-sdk/client-cloudformation';
import type { PlannedResource } from '../../assembly/plan.ts';
import type { Assembly } from '../../assembly/read.ts';
import type { Room } from '../../kernel/resource.ts';
import { createOperations } from './operations.ts';
import { newStacks } from './stacks.ts';

export interface CloudFormation extends Room {
  /** A resource is there. */
  declared(resource: PlannedResource, physicalId: string): void;
  /** Everything is there, with the outputs of each stack. */
  complete(outputs: Readonly<Record<string, Readonly<Record<string, string>>>>): void;
}

/**
 * CloudFormation, as far as an operator looks at stacks and deletes them. Stacks are made by starting the local cloud, which declares the
 * whole assembly: a stack that was deleted comes back, empty, with the next start. Change sets and updates are not emulated.
 * `removeCustom` has the function of a custom resource take back what it made.
 */
export function createCloudFormation(
  assembly: Assembly,
  removeCustom: (resource: PlannedResource) => Promise<void>,
): CloudFormation {
  const stacks = newStacks(assembly, removeCustom);
  return {
    declared(resource, physicalId) {
      stacks.states.get(resource.stack)?.resources.push({ resource, physicalId });
    },
    complete(outputs) {
      for (const [name, state] of stacks.states)
        Object.assign(state, { status: 'CREATE_COMPLETE', outputs: outputs[name] ?? {} });
    },
    services: [{ signingName: 'cloudformation', protocol: 'query', model, operations: createOperations(stacks) }],
  };
}
