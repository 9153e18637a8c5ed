import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { stackId } from '../../assembly/intrinsic.ts';
import type { Stack } from '../../assembly/read.ts';
import type { Template } from '../../assembly/template.ts';
import type { Principal } from '../../kernel/iam.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { exportsOf, inUse, nameOf, newState, remove, requireStack, type Stacks, type State, settle } from './stacks.ts';

/** The parts that a change set needs besides the stacks. */
export interface ChangePorts {
  /** The text of an object: a template in the staging bucket. */
  read(bucket: string, key: string, principal: Principal): Promise<string>;
  /** Prepares the code of functions and builds that a template names. */
  fetchCode(template: Template): Promise<void>;
  /** Declares all stacks again. Throws when they cannot be declared; nothing answers then, until the next declaration. */
  redeploy(stacks: readonly Stack[]): Promise<void>;
}

interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stack: string;
  readonly region: string;
  readonly template: Template;
  readonly createdAt: number;
  readonly changes: readonly object[];
}

interface Input {
  readonly StackName: string;
  readonly ChangeSetName: string;
  readonly ChangeSetType?: 'CREATE' | 'UPDATE';
  readonly TemplateURL?: string;
  readonly TemplateBody?: string;
  readonly Parameters?: readonly object[];
}

/** How long an answer may take before everything is declared again, in milliseconds. */
const ANSWERED_MS = 100;

const INERT = {
  Capabilities: 'everything may be made here',
  ClientToken: 'a repeat makes the same change set',
  DeploymentConfig: 'there is one way to deploy',
  Description: 'a text for people',
  ImportExistingResources: 'nothing is here that no stack made',
  IncludeNestedStacks: 'no template has stacks within',
  NotificationARNs: 'nobody is told locally',
  RoleARN: 'the local cloud itself makes resources',
  RollbackConfiguration: 'no alarm takes a deployment back',
  Tags: 'nothing local reads tags',
};

/**
 * The operations that the CDK deploys with.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
 */
export function changeSetOperations(stacks: Stacks, ports: ChangePorts): Readonly<Record<string, AnyOperation>> {
  const sets = new Map<string, ChangeSet>();
  const find = ({ StackName, ChangeSetName }: Input): ChangeSet => {
    const name = ChangeSetName.startsWith('arn:') ? (ChangeSetName.split('/')[1] ?? '') : ChangeSetName;
    const found = sets.get(`${nameOf(StackName)}/${name}`);
    if (found === undefined)
      throw new AwsError('ChangeSetNotFoundException', `ChangeSet [${ChangeSetName}] does not exist`, 404);
    return found;
  };
  const on =
    (action: string) =>
    (input: Pick<Input, 'StackName'>, { region }: { readonly region: string }) => [
      { action: `cloudformation:${action}`, resource: stackId(nameOf(input.StackName), region) },
    ];
  return {
    CreateChangeSet: operation({
      uses: ['StackName', 'ChangeSetName', 'ChangeSetType', 'TemplateURL', 'TemplateBody', 'Parameters'],
      inert: INERT,
      access: on('CreateChangeSet'),
      async handle(input: Input, { principal, region }) {
        const name = nameOf(input.StackName);
        const template = JSON.parse(input.TemplateBody ?? (await readTemplate(ports, input, principal)));
        const state =
          input.ChangeSetType === 'CREATE' ? newcomer(stacks, name, region) : requireStack(stacks, name, region);
        const id = `${stackId(name, region).replace(/stack\/.*/, `changeSet/${input.ChangeSetName}`)}/${randomUUID()}`;
        const changes = changesBetween(state.stack.template, template);
        const set = {
          id,
          name: input.ChangeSetName,
          stack: name,
          region,
          template,
          createdAt: Date.now() / 1000,
          changes,
        };
        sets.set(`${name}/${input.ChangeSetName}`, set);
        return { Id: id, StackId: stackId(name, region) };
      },
    }),
    DescribeChangeSet: operation({
      uses: ['StackName', 'ChangeSetName'],
      inert: { IncludePropertyValues: 'changes are reported by their names', NextToken: 'one answer holds all' },
      access: on('DescribeChangeSet'),
      handle: (input: Input) => describe(find(input)),
    }),
    DeleteChangeSet: operation({
      uses: ['StackName', 'ChangeSetName'],
      access: on('DeleteChangeSet'),
      handle({ StackName, ChangeSetName }: Input) {
        sets.delete(
          `${nameOf(StackName)}/${ChangeSetName.startsWith('arn:') ? ChangeSetName.split('/')[1] : ChangeSetName}`,
        );
        return {};
      },
    }),
    ExecuteChangeSet: operation({
      uses: ['StackName', 'ChangeSetName'],
      inert: {
        ClientRequestToken: 'a change set is executed once',
        DisableRollback: 'what fails is always taken back',
      },
      access: on('ExecuteChangeSet'),
      handle(input: Input, { region }) {
        const set = find(input);
        const state = requireStack(stacks, set.stack, region);
        sets.delete(`${set.stack}/${set.name}`);
        settle(state, state.status === 'REVIEW_IN_PROGRESS' ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS');
        setTimeout(() => void execute(stacks, ports, state, set.template), ANSWERED_MS);
        return {};
      },
    }),
    DescribeStackEvents: operation({
      uses: ['StackName'],
      inert: { NextToken: 'all are answered at once' },
      access: on('DescribeStackEvents'),
      handle: ({ StackName }: Pick<Input, 'StackName'>, { region }) => ({
        StackEvents: eventsOf(requireStack(stacks, StackName, region)),
      }),
    }),
  };
}

/** From then on the stack of a change set exists, empty. */
function newcomer(stacks: Stacks, name: string, region: string): State {
  const known = stacks.states.get(name);
  if (known !== undefined && known.status !== 'REVIEW_IN_PROGRESS')
    throw new AwsError('ValidationError', `Stack [${name}] already exists and cannot be created again`);
  const state = newState({ name, region, template: {}, parameters: {} }, 'REVIEW_IN_PROGRESS');
  stacks.states.set(name, state);
  return state;
}

async function readTemplate(ports: ChangePorts, { TemplateURL = '' }: Input, principal: Principal): Promise<string> {
  const [, bucket = '', key = ''] = /([a-z0-9-]+-assets-\d{12}-[a-z0-9-]+)[^/]*\/(.+)$/.exec(TemplateURL) ?? [];
  return ports.read(bucket, key, principal);
}

/** What differs, resource by resource. */
function changesBetween({ Resources: before = {} }: Template, { Resources: after = {} }: Template): object[] {
  const ids = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return ids.flatMap((id) => {
    if (isDeepStrictEqual(before[id], after[id])) return [];
    const Action = before[id] === undefined ? 'Add' : after[id] === undefined ? 'Remove' : 'Modify';
    const ResourceType = (after[id] ?? before[id])?.Type;
    const how = Action === 'Modify' ? { Replacement: 'False', Scope: ['Properties'], Details: [] } : {};
    return { Type: 'Resource', ResourceChange: { Action, LogicalResourceId: id, ResourceType, ...how } };
  });
}

/** A change set without changes fails with this text. */
function describe({ id, name, stack, region, createdAt, changes }: ChangeSet): object {
  const isEmpty = changes.length === 0;
  return {
    ChangeSetId: id,
    ChangeSetName: name,
    StackId: stackId(stack, region),
    StackName: stack,
    CreationTime: createdAt,
    Status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
    ExecutionStatus: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
    ...(isEmpty && { StatusReason: "The submitted information didn't contain changes." }),
    Changes: changes,
  };
}

/** Declares everything with the stack's new template or, if that fails, with the old one. */
async function execute(stacks: Stacks, ports: ChangePorts, state: State, template: Template): Promise<void> {
  const { name } = state.stack;
  const next: Stack = { ...state.stack, template };
  const before = [...stacks.states.values()].map(({ stack }) => stack);
  const isNew = state.status === 'CREATE_IN_PROGRESS';
  try {
    const exported = exportsOf(next);
    const refusal = inUse(
      stacks,
      state,
      exportsOf(state.stack).filter((each) => !exported.includes(each)),
    );
    if (refusal !== undefined) throw new Error(refusal);
    await ports.fetchCode(template);
    await remove(
      stacks,
      state,
      Object.keys(state.stack.template.Resources ?? {}).filter((id) => template.Resources?.[id] === undefined),
    );
    await ports.redeploy(before.map((stack) => (stack.name === name ? next : stack)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (stacks.states.get(name) !== state) await ports.redeploy(before);
    const failed = stacks.states.get(name);
    if (failed !== undefined) settle(failed, isNew ? 'ROLLBACK_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE', reason);
  }
}

function eventsOf({ stack: { name, region }, events }: State): object[] {
  return events.toReversed().map(({ id, status, reason, at }) => ({
    StackId: stackId(name, region),
    EventId: id,
    StackName: name,
    LogicalResourceId: name,
    PhysicalResourceId: stackId(name, region),
    ResourceType: 'AWS::CloudFormation::Stack',
    Timestamp: at,
    ResourceStatus: status,
    ...(reason !== undefined && { ResourceStatusReason: reason }),
  }));
}
