import { stackId } from '../../assembly/intrinsic.ts';
import type { AnyOperation } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { deleteStack, nameOf, requireStack, type Stacks, stacksIn } from './stacks.ts';

interface OfStack {
  readonly StackName: string;
}

export function createOperations(stacks: Stacks): Readonly<Record<string, AnyOperation>> {
  return {
    DescribeStacks: describeStacks(stacks),
    ListStackResources: listStackResources(stacks),
    GetTemplate: getTemplate(stacks),
    UpdateTerminationProtection: updateTerminationProtection(stacks),
    DeleteStack: operation({
      uses: ['StackName'],
      access: on('DeleteStack'),
      async handle({ StackName }: OfStack, { region }) {
        await deleteStack(stacks, nameOf(StackName), region);
        return {};
      },
    }),
  };
}

/** The access that an operation on one stack, or on all, needs. */
function on(action: string) {
  return ({ StackName }: Partial<OfStack>, { region }: { readonly region: string }) => [
    {
      action: `cloudformation:${action}`,
      resource: StackName === undefined ? '*' : stackId(nameOf(StackName), region),
    },
  ];
}

function describeStacks(stacks: Stacks): AnyOperation {
  return operation({
    uses: ['StackName'],
    access: on('DescribeStacks'),
    handle({ StackName }: Partial<OfStack>, { region }) {
      const found =
        StackName === undefined
          ? stacksIn(stacks, region)
          : [[nameOf(StackName), requireStack(stacks, StackName, region)] as const];
      const Stacks = found.map(([name, { stack, outputs, status, reason, isProtected }]) => ({
        StackId: stackId(name, region),
        StackName: name,
        CreationTime: stacks.createdAt,
        StackStatus: status,
        ...(reason !== undefined && { StackStatusReason: reason }),
        EnableTerminationProtection: isProtected,
        // Nobody passes values: the local cloud's own replacements are not part of the template.
        Parameters: Object.entries(stack.template.Parameters ?? {}).map(([ParameterKey, { Default }]) => ({
          ParameterKey,
          ParameterValue: String(Default),
        })),
        Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
      }));
      return { Stacks };
    },
  });
}

function listStackResources(stacks: Stacks): AnyOperation {
  return operation({
    uses: ['StackName'],
    access: on('ListStackResources'),
    handle({ StackName }: OfStack, { region }) {
      const StackResourceSummaries = requireStack(stacks, StackName, region).resources.map(
        ({ resource, physicalId }) => ({
          LogicalResourceId: resource.logicalId,
          PhysicalResourceId: physicalId,
          ResourceType: resource.type,
          ResourceStatus: 'CREATE_COMPLETE',
          LastUpdatedTimestamp: stacks.createdAt,
        }),
      );
      return { StackResourceSummaries };
    },
  });
}

function getTemplate(stacks: Stacks): AnyOperation {
  return operation({
    uses: ['StackName'],
    inert: { TemplateStage: 'no template has transforms, so that both stages are the same' },
    access: on('GetTemplate'),
    handle({ StackName }: OfStack, { region }) {
      const { stack } = requireStack(stacks, StackName, region);
      return { TemplateBody: JSON.stringify(stack.template) };
    },
  });
}

function updateTerminationProtection(stacks: Stacks): AnyOperation {
  return operation({
    uses: ['StackName', 'EnableTerminationProtection'],
    access: on('UpdateTerminationProtection'),
    handle(input: OfStack & { readonly EnableTerminationProtection: boolean }, { region }) {
      requireStack(stacks, input.StackName, region).isProtected = input.EnableTerminationProtection;
      return { StackId: stackId(nameOf(input.StackName), region) };
    },
  });
}
