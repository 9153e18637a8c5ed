import type { PlannedResource } from '../../assembly/plan.ts';
import type { Stack } from '../../assembly/read.ts';
import type { Template } from '../../assembly/template.ts';
import { ACCOUNT } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';

/** A resource that was declared. */
interface Declared {
  readonly resource: PlannedResource;
  readonly physicalId: string;
}

/** A status that a stack had, and since when, in seconds since 1970. */
interface StackEvent {
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  readonly at: number;
}

export interface State {
  readonly stack: Stack;
  resources: Declared[];
  outputs: Readonly<Record<string, string>>;
  status: string;
  reason?: string;
  isProtected: boolean;
  readonly events: StackEvent[];
}

/** The existing stacks. */
export interface Stacks {
  /** By name. */
  readonly states: Map<string, State>;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Makes the function of a custom resource undo its work. */
  removeCustom(resource: PlannedResource): Promise<void>;
}

/** A stack before any declaration. */
export function newState(stack: Stack, status: string): State {
  return { stack, resources: [], outputs: {}, status, isProtected: false, events: [] };
}

/** Sets a stack's status, and its time. */
export function settle(state: State, status: string, reason?: string): void {
  const { events } = state;
  const at = Date.now() / 1000;
  Object.assign(state, { status, reason });
  events.push({ id: `${state.stack.name}-${events.length}`, status, at, ...(reason !== undefined && { reason }) });
}

/** The stack of `cdk bootstrap` in each region of an account, as far as the CDK and an operator read it. */
const TOOLKIT = 'CDKToolkit';
export const BOOTSTRAP_VERSION = '30';

/** The bucket of a region into which the CDK puts templates and functions' code. */
export function stagingBucket(region: string): string {
  return `cdk-hnb659fds-assets-${ACCOUNT}-${region}`;
}

function toolkit(region: string): State {
  const state = newState({ name: TOOLKIT, region, template: {}, parameters: {} }, 'CREATE_COMPLETE');
  return { ...state, outputs: { BootstrapVersion: BOOTSTRAP_VERSION, BucketName: stagingBucket(region) } };
}

/** The stacks of a region, by name. */
export function stacksIn({ states }: Stacks, region: string): readonly (readonly [string, State])[] {
  return [[TOOLKIT, toolkit(region)], ...[...states].filter(([, { stack }]) => stack.region === region)];
}

/** The name of a stack, from its name or its id. */
export function nameOf(given: string): string {
  return given.split('/')[1] ?? given;
}

/** Throws `ValidationError` for an unknown stack of the region. */
export function requireStack(stacks: Stacks, given: string, region: string): State {
  const state = stacksIn(stacks, region).find(([name]) => name === nameOf(given))?.[1];
  if (state === undefined) throw new AwsError('ValidationError', `Stack with id ${given} does not exist`);
  return state;
}

/**
 * Deletes a stack with its resources, or keeps it with the reason of the failure. Throws `ValidationError` for a protected stack; a missing one
 * counts as deleted.
 */
export async function deleteStack(stacks: Stacks, name: string, region: string): Promise<void> {
  const state = stacks.states.get(name);
  if (state?.stack.region !== region) return;
  if (state.isProtected) {
    const message = `Stack [${name}] cannot be deleted while TerminationProtection is enabled`;
    throw new AwsError('ValidationError', message);
  }
  const all = state.resources.map(({ resource }) => resource.logicalId);
  const reason = inUse(stacks, state, exportsOf(state.stack)) ?? (await failureOf(() => remove(stacks, state, all)));
  if (reason === undefined) stacks.states.delete(name);
  else settle(state, 'DELETE_FAILED', reason);
}

/** The names of a stack's exports. */
export function exportsOf({ template }: Stack): string[] {
  return Object.values(template.Outputs ?? {}).flatMap(({ Export }) =>
    Export === undefined ? [] : String(Export.Name),
  );
}

/** The first of these exports that another stack imports, with that stack. */
export function inUse({ states }: Stacks, { stack }: State, exported: readonly string[]): string | undefined {
  const others = [...states.values()].filter((other) => other.stack.name !== stack.name);
  return exported.flatMap((each) => {
    const importer = others.find((other) => importsIn(other.stack.template, each));
    return importer === undefined ? [] : `Export ${each} cannot be deleted as it is in use by ${importer.stack.name}`;
  })[0];
}

function importsIn(template: Template, exported: string): boolean {
  return JSON.stringify(template).includes(`{"Fn::ImportValue":${JSON.stringify(exported)}}`);
}

/** Deletes the contents of these resources of a stack, the last created first; retained ones stay. */
export async function remove(stacks: Stacks, { stack, resources }: State, ids: readonly string[]): Promise<void> {
  for (const { resource, physicalId } of resources
    .toReversed()
    .filter((each) => ids.includes(each.resource.logicalId))) {
    const kept = stack.template.Resources?.[resource.logicalId]?.DeletionPolicy;
    if (kept?.startsWith('Retain')) continue;
    if (resource.room === undefined) await stacks.removeCustom(resource);
    else await resource.room.remove?.(physicalId);
  }
}

async function failureOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
