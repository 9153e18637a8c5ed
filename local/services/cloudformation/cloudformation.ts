import type { PlannedResource } from '../../assembly/plan.ts';
import type { Stack } from '../../assembly/read.ts';
import type { Room } from '../../kernel/resource.ts';
import { type ChangePorts, changeSetOperations } from './change-sets.ts';
import { createOperations } from './operations.ts';
import { newState, type Stacks, settle } from './stacks.ts';

export interface CloudFormation extends Room {
  /** These stacks are about to be declared, and no others exist. */
  begin(stacks: readonly Stack[]): void;
  /** A resource is declared. */
  declared(resource: PlannedResource, physicalId: string): void;
  /** Everything is declared, with the outputs of each stack. */
  complete(outputs: Readonly<Record<string, Readonly<Record<string, string>>>>): void;
}

/**
 * CloudFormation, as far as the CDK deploys stacks and an operator looks at them and deletes them. A start of the local cloud declares the last
 * synthesis. A change set declares everything again with its one stack changed: meanwhile nothing answers, and apps restart.
 */
export function createCloudFormation(ports: ChangePorts & Pick<Stacks, 'removeCustom'>): CloudFormation {
  const { removeCustom } = ports;
  const stacks: Stacks = { states: new Map(), createdAt: Date.now() / 1000, removeCustom };
  return {
    begin(given) {
      const before = new Map(stacks.states);
      stacks.states.clear();
      for (const stack of given) {
        const { isProtected, status, events } = before.get(stack.name) ?? newState(stack, 'CREATE_IN_PROGRESS');
        stacks.states.set(stack.name, { ...newState(stack, status), isProtected, events });
      }
    },
    declared(resource, physicalId) {
      stacks.states.get(resource.stack)?.resources.push({ resource, physicalId });
    },
    complete(outputs) {
      for (const [name, state] of stacks.states) {
        state.outputs = outputs[name] ?? {};
        if (state.status === 'CREATE_IN_PROGRESS') settle(state, 'CREATE_COMPLETE');
        if (state.status === 'UPDATE_IN_PROGRESS') settle(state, 'UPDATE_COMPLETE');
      }
    },
    services: [
      {
        signingName: 'cloudformation',
        isAtEdge: true,
        protocol: 'query',
        model: () => import('@aws-sdk/client-cloudformation'),
        operations: { ...createOperations(stacks), ...changeSetOperations(stacks, ports) },
      },
    ],
  };
}
