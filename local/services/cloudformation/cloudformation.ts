import * as model from '@aws-sdk/client-cloudformation';
import { stackId } from '../../assembly/intrinsic.ts';
import type { PlannedResource } from '../../assembly/plan.ts';
import type { Assembly } from '../../assembly/read.ts';
import type { Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';

/** A resource that was declared. */
interface Declared {
  readonly resource: PlannedResource;
  readonly physicalId: string;
}

interface State {
  readonly resources: Declared[];
  outputs: Readonly<Record<string, string>>;
  status: 'CREATE_IN_PROGRESS' | 'CREATE_COMPLETE' | 'DELETE_FAILED';
  reason?: string;
  isProtected: boolean;
}

export interface CloudFormation extends Room {
  /** A resource is there. */
  declared(resource: PlannedResource, physicalId: string): void;
  /** Everything is there, with the outputs of each stack. */
  complete(outputs: Readonly<Record<string, Readonly<Record<string, string>>>>): void;
}

interface OfStack {
  readonly StackName: string;
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
  const states = new Map<string, State>(
    assembly.stacks.map(({ name }) => [
      name,
      { resources: [], outputs: {}, status: 'CREATE_IN_PROGRESS', isProtected: false },
    ]),
  );
  const createdAt = Date.now() / 1000;
  const nameOf = (given: string) => given.split('/')[1] ?? given;
  const find = (given: string): State => {
    const state = states.get(nameOf(given));
    if (state === undefined) throw new AwsError('ValidationError', `Stack with id ${given} does not exist`);
    return state;
  };
  const templateOf = (name: string) => assembly.stacks.find((stack) => stack.name === name)?.template;
  const on = (action: string) => (input: Partial<OfStack>) => [
    {
      action: `cloudformation:${action}`,
      resource: input.StackName === undefined ? '*' : stackId(nameOf(input.StackName)),
    },
  ];

  /** The first of the stack's exports that a stack which is there imports, with that stack. */
  const inUse = (name: string): string | undefined => {
    const exported = Object.values(templateOf(name)?.Outputs ?? {}).map(({ Export }) => Export?.Name);
    const others = [...states.keys()].filter((other) => other !== name);
    return exported.flatMap((each) => {
      const importer = others.find((other) =>
        JSON.stringify(templateOf(other)).includes(`{"Fn::ImportValue":${JSON.stringify(each)}}`),
      );
      return importer === undefined ? [] : `Export ${each} cannot be deleted as it is in use by ${importer}`;
    })[0];
  };

  const remove = async (name: string, state: State): Promise<void> => {
    for (const { resource, physicalId } of state.resources.toReversed()) {
      const kept = templateOf(name)?.Resources?.[resource.logicalId]?.DeletionPolicy;
      if (kept?.startsWith('Retain')) continue;
      if (resource.room === undefined) await removeCustom(resource);
      else await resource.room.remove?.(physicalId);
    }
  };

  return {
    declared(resource, physicalId) {
      states.get(resource.stack)?.resources.push({ resource, physicalId });
    },
    complete(outputs) {
      for (const [name, state] of states)
        Object.assign(state, { status: 'CREATE_COMPLETE', outputs: outputs[name] ?? {} });
    },
    services: [
      {
        signingName: 'cloudformation',
        protocol: 'query',
        model,
        operations: {
          DescribeStacks: operation({
            uses: ['StackName'],
            access: on('DescribeStacks'),
            handle({ StackName }: Partial<OfStack>) {
              const found = StackName === undefined ? [...states] : [[nameOf(StackName), find(StackName)] as const];
              const Stacks = found.map(([name, { outputs, status, reason, isProtected }]) => ({
                StackId: stackId(name),
                StackName: name,
                CreationTime: createdAt,
                StackStatus: status,
                ...(reason !== undefined && { StackStatusReason: reason }),
                EnableTerminationProtection: isProtected,
                Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
              }));
              return { Stacks };
            },
          }),
          ListStackResources: operation({
            uses: ['StackName'],
            access: on('ListStackResources'),
            handle({ StackName }: OfStack) {
              const StackResourceSummaries = find(StackName).resources.map(({ resource, physicalId }) => ({
                LogicalResourceId: resource.logicalId,
                PhysicalResourceId: physicalId,
                ResourceType: resource.type,
                ResourceStatus: 'CREATE_COMPLETE',
                LastUpdatedTimestamp: createdAt,
              }));
              return { StackResourceSummaries };
            },
          }),
          GetTemplate: operation({
            uses: ['StackName'],
            inert: { TemplateStage: 'no template has transforms, so that both stages are the same' },
            access: on('GetTemplate'),
            handle({ StackName }: OfStack) {
              find(StackName);
              return { TemplateBody: JSON.stringify(templateOf(nameOf(StackName))) };
            },
          }),
          UpdateTerminationProtection: operation({
            uses: ['StackName', 'EnableTerminationProtection'],
            access: on('UpdateTerminationProtection'),
            handle(input: OfStack & { readonly EnableTerminationProtection: boolean }) {
              find(input.StackName).isProtected = input.EnableTerminationProtection;
              return { StackId: stackId(nameOf(input.StackName)) };
            },
          }),
          DeleteStack: operation({
            uses: ['StackName'],
            access: on('DeleteStack'),
            async handle({ StackName }: OfStack) {
              const name = nameOf(StackName);
              const state = states.get(name);
              if (state === undefined) return {};
              if (state.isProtected) {
                const message = `Stack [${name}] cannot be deleted while TerminationProtection is enabled`;
                throw new AwsError('ValidationError', message);
              }
              const reason = inUse(name) ?? (await failureOf(() => remove(name, state)));
              if (reason === undefined) states.delete(name);
              else Object.assign(state, { status: 'DELETE_FAILED', reason });
              return {};
            },
          }),
        },
      },
    ],
  };
}

async function failureOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
