import type { Kernel } from '../kernel/kernel.ts';
import type { Declared, Room } from '../kernel/resource.ts';
import type { CustomResources } from './custom.ts';
import { references, resolve, type Scope } from './intrinsic.ts';
import { dynamicValues, localAddresses, placeOf } from './place.ts';
import { isCustom, type PlannedResource, type PlannedStack, planStack } from './plan.ts';
import type { Assembly } from './read.ts';
import { AssemblyError } from './template.ts';

/** Every stack's outputs, by stack and output name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Declaration {
  readonly kernel: Kernel;
  readonly rooms: readonly Room[];
  readonly custom: CustomResources;
  /** Values for templates' parameters, by name, in every stack with such a parameter. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Called for each declared resource. */
  declared?(resource: PlannedResource, physicalId: string): void;
  /** Called when all but the custom resources are declared: their functions need running rooms. */
  start(): Promise<void>;
}

/**
 * Declares every resource of an assembly through the room of its type, in order of references; custom resources last, because they run functions.
 * Throws an `AssemblyError` that lists everything that is not emulated before anything is declared.
 */
export async function declareAssembly(assembly: Pick<Assembly, 'stacks'>, declaration: Declaration): Promise<Outputs> {
  const { kernel, rooms, custom, parameters = {}, start } = declaration;
  const types = rooms.flatMap((room) => room.resources ?? []);
  const problems: string[] = [];
  const stacks = assembly.stacks.map((stack) => planStack(stack, types, parameters, problems));
  const late = lateResources(stacks, problems);
  if (problems.length > 0) throw new AssemblyError(problems);

  const declared = new Map<string, Declared>();
  const exports = new Map<string, unknown>();
  const outputs: Record<string, Record<string, string>> = {};
  const declareAll = async (isTurn: (at: string) => boolean): Promise<void> => {
    for (const stack of stacks) {
      const scope = scopeOf(stack, declared, exports);
      for (const resource of stack.resources.filter(({ at }) => isTurn(at))) {
        const made = await declareResource(resource, scope, kernel, rooms, custom);
        declared.set(resource.at, made);
        declaration.declared?.(resource, made.ref);
      }
      for (const [name, output] of stack.outputs.filter(([name]) => isTurn(outputKey(stack.name, name)))) {
        const value = resolve(output.Value, scope);
        outputs[stack.name] = { ...outputs[stack.name], [name]: String(localAddresses(value, rooms)) };
        if (output.Export !== undefined) exports.set(String(resolve(output.Export.Name, scope)), value);
      }
    }
  };
  await declareAll((at) => !late.has(at));
  await start();
  await declareAll((at) => late.has(at));
  return outputs;
}

async function declareResource(
  { stack, logicalId, at, type, properties, room }: PlannedResource,
  scope: Scope,
  kernel: Kernel,
  rooms: readonly Room[],
  custom: CustomResources,
): Promise<Declared> {
  try {
    const resolved = localAddresses(dynamicValues(resolve(properties, scope), rooms), rooms) as Readonly<
      Record<string, unknown>
    >;
    if (room === undefined) return await custom.ensure({ stack, logicalId, type, properties: resolved });
    return await room.declare(resolved, placeOf(kernel, stack, logicalId));
  } catch (error) {
    if (error instanceof AssemblyError) throw error;
    kernel.note(`${at}: ${error instanceof Error ? error.stack : String(error)}`);
    throw new AssemblyError([`${at} (${type}): ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function scopeOf(
  { name, scope, parameter }: PlannedStack,
  declared: ReadonlyMap<string, Declared>,
  exports: ReadonlyMap<string, unknown>,
): Scope {
  const find = (logicalId: string): Declared => {
    const found = declared.get(`${name}/${logicalId}`);
    if (found === undefined) throw new Error(`${name} has no parameter and no resource ${logicalId}`);
    return found;
  };
  return {
    ...scope,
    ref: (logicalId) => parameter(logicalId) ?? find(logicalId).ref,
    attribute(logicalId, attribute) {
      const { attributes } = find(logicalId);
      if (!Object.hasOwn(attributes, attribute)) {
        throw new Error(`local cloud: attribute ${attribute} of ${name}/${logicalId} is not emulated`);
      }
      return attributes[attribute];
    },
    imported(exportName) {
      if (!exports.has(exportName)) throw new Error(`no stack before ${name} exports ${exportName}`);
      return exports.get(exportName);
    },
  };
}

function outputKey(stack: string, name: string): string {
  return `${stack}:output:${name}`;
}

/**
 * Resources and outputs that wait for running rooms: custom resources, and outputs with a value of theirs. Any other resource with such a value would
 * be declared after its room has started, and is refused by name.
 */
function lateResources(stacks: readonly PlannedStack[], problems: string[]): ReadonlySet<string> {
  const late = new Set<string>();
  const lateExports = new Set<string>();
  for (const stack of stacks) {
    const isLate = (value: unknown): boolean => {
      const { ids, imports } = references(value);
      return (
        [...ids].some((id) => late.has(`${stack.name}/${id}`)) || imports.some((each) => lateExports.has(String(each)))
      );
    };
    for (const { at, type, properties } of stack.resources) {
      if (isCustom(type)) late.add(at);
      else if (isLate(properties)) problems.push(`local cloud: ${at} (${type}) takes a value from a custom resource`);
    }
    for (const [name, output] of stack.outputs) {
      if (!isLate(output.Value)) continue;
      late.add(outputKey(stack.name, name));
      if (typeof output.Export?.Name === 'string') lateExports.add(output.Export.Name);
    }
  }
  return late;
}
