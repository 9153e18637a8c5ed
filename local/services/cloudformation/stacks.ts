import type { PlannedResource } from '../../assembly/plan.ts';
import type { Assembly } from '../../assembly/read.ts';
import { AwsError } from '../../kernel/service.ts';

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

/** The stacks that are there. */
export interface Stacks {
  readonly assembly: Assembly;
  /** By name. */
  readonly states: Map<string, State>;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Has the function of a custom resource take back what it made. */
  removeCustom(resource: PlannedResource): Promise<void>;
}

/** The stacks of an assembly before anything is declared. */
export function newStacks(assembly: Assembly, removeCustom: Stacks['removeCustom']): Stacks {
  const states = new Map<string, State>(
    assembly.stacks.map(({ name }) => [
      name,
      { resources: [], outputs: {}, status: 'CREATE_IN_PROGRESS', isProtected: false },
    ]),
  );
  return { assembly, states, createdAt: Date.now() / 1000, removeCustom };
}

/** The name of a stack that is given by its name or its id. */
export function nameOf(given: string): string {
  return given.split('/')[1] ?? given;
}

/** Throws `ValidationError` where there is no such stack. */
export function requireStack({ states }: Stacks, given: string): State {
  const state = states.get(nameOf(given));
  if (state === undefined) throw new AwsError('ValidationError', `Stack with id ${given} does not exist`);
  return state;
}

export function templateOf({ assembly }: Stacks, name: string) {
  return assembly.stacks.find((stack) => stack.name === name)?.template;
}

/**
 * Deletes a stack with its resources, or leaves it with the reason why that failed. Throws `ValidationError` where the stack is
 * protected; one that is not there counts as deleted.
 */
export async function deleteStack(stacks: Stacks, name: string): Promise<void> {
  const state = stacks.states.get(name);
  if (state === undefined) return;
  if (state.isProtected) {
    const message = `Stack [${name}] cannot be deleted while TerminationProtection is enabled`;
    throw new AwsError('ValidationError', message);
  }
  const reason = inUse(stacks, name) ?? (await failureOf(() => removeResources(stacks, name, state)));
  if (reason === undefined) stacks.states.delete(name);
  else Object.assign(state, { status: 'DELETE_FAILED', reason });
}

/** The first of the stack's exports that a stack which is there imports, with that stack. */
function inUse(stacks: Stacks, name: string): string | undefined {
  const exported = Object.values(templateOf(stacks, name)?.Outputs ?? {}).map(({ Export }) => Export?.Name);
  const others = [...stacks.states.keys()].filter((other) => other !== name);
  return exported.flatMap((each) => {
    const importer = others.find((other) =>
      JSON.stringify(templateOf(stacks, other)).includes(`{"Fn::ImportValue":${JSON.stringify(each)}}`),
    );
    return importer === undefined ? [] : `Export ${each} cannot be deleted as it is in use by ${importer}`;
  })[0];
}

async function removeResources(stacks: Stacks, name: string, { resources }: State): Promise<void> {
  for (const { resource, physicalId } of resources.toReversed()) {
    const kept = templateOf(stacks, name)?.Resources?.[resource.logicalId]?.DeletionPolicy;
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
