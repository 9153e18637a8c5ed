import type { ResourceType } from '../kernel/resource.ts';
import { intrinsicOf, references, type Scope, settle, testCondition } from './intrinsic.ts';
import { sortByReference } from './order.ts';
import type { Stack } from './read.ts';
import { KNOWN_ATTRIBUTES, KNOWN_SECTIONS, type Output, type Resource } from './template.ts';

/** A resource of the template whose conditions hold. */
export interface PlannedResource {
  readonly stack: string;
  readonly logicalId: string;
  /** `<stack>/<logicalId>`. */
  readonly at: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Undefined for a custom resource, which a function of the template creates. */
  readonly room: ResourceType | undefined;
}

/** A stack ready to declare: resources in order of references, and the values that its intrinsics may look up. */
export interface PlannedStack {
  readonly name: string;
  readonly resources: readonly PlannedResource[];
  readonly outputs: readonly (readonly [string, Output])[];
  readonly scope: Pick<Scope, 'stack' | 'region' | 'condition' | 'mapping'>;
  /** The value of a parameter; undefined for an unknown name. Throws when the parameter has no value. */
  parameter(name: string): unknown;
}

/** True for types that a function of the template creates. */
export function isCustom(type: string): boolean {
  return type === 'AWS::CloudFormation::CustomResource' || type.startsWith('Custom::');
}

/** Plans a stack. Everything that is not emulated is added to `problems`, so that a template's refusals are reported together. */
export function planStack(
  stack: Stack,
  types: readonly ResourceType[],
  parameters: Readonly<Record<string, string>>,
  problems: string[],
): PlannedStack {
  const { name, template } = stack;
  for (const section of Object.keys(template)) {
    if (!KNOWN_SECTIONS.has(section))
      problems.push(`local cloud: template section ${section} (${name}) is not emulated`);
  }
  const parameter = parametersOf(stack, parameters);
  const scope = scopeOf(stack, parameter);
  const wanted = Object.entries(template.Resources ?? {}).filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
  const planned = new Map(
    wanted.map(([id, resource]) => [id, planResource(name, id, resource, scope, types, problems)]),
  );
  const dependencies = new Map(
    wanted.map(([id, resource]) => {
      const named = [...references(planned.get(id)?.properties).ids, ...[resource.DependsOn ?? []].flat()];
      return [id, named.filter((other) => planned.has(other))] as const;
    }),
  );
  const order = sortByReference([...planned.keys()], (id) => dependencies.get(id) ?? [], name);
  return {
    name,
    resources: order.flatMap((id) => planned.get(id) ?? []),
    outputs: Object.entries(template.Outputs ?? {}).filter(
      ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
    ),
    scope,
    parameter,
  };
}

function planResource(
  stack: string,
  logicalId: string,
  resource: Resource,
  scope: Pick<Scope, 'condition'>,
  types: readonly ResourceType[],
  problems: string[],
): PlannedResource {
  const at = `${stack}/${logicalId}`;
  const properties = settle(resource.Properties ?? {}, scope.condition) as Readonly<Record<string, unknown>>;
  for (const attribute of Object.keys(resource)) {
    if (!KNOWN_ATTRIBUTES.has(attribute)) problems.push(`local cloud: attribute ${attribute} (${at}) is not emulated`);
  }
  for (const refused of references(properties).refused)
    problems.push(`local cloud: ${refused} (${at}) is not emulated`);
  const room = typeOf(resource.Type, types);
  if (room !== undefined) {
    for (const path of refusedProperties(room, properties)) {
      problems.push(`local cloud: property ${path} of ${resource.Type} (${at}) is not emulated`);
    }
  } else if (!isCustom(resource.Type)) {
    problems.push(`local cloud: ${resource.Type} (${at}) is not emulated`);
  }
  return { stack, logicalId, at, type: resource.Type, properties, room };
}

function typeOf(type: string, types: readonly ResourceType[]): ResourceType | undefined {
  return (
    types.find((each) => each.type === type) ??
    types.find((each) => each.type.endsWith('*') && type.startsWith(each.type.slice(0, -1)))
  );
}

/** Dotted paths of the properties that a type neither uses nor lists as inert. A list's elements share its path. */
export function refusedProperties(
  { uses, inert = {} }: Pick<ResourceType, 'uses' | 'inert'>,
  properties: Readonly<Record<string, unknown>>,
): readonly string[] {
  const allowed = new Set([...uses, ...Object.keys(inert)]);
  if (Object.hasOwn(inert, '*')) return [];
  const refused = new Set<string>();
  const walk = (value: unknown, prefix: string): void => {
    if (Array.isArray(value)) for (const each of value) walk(each, prefix);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || intrinsicOf(value)) return;
    for (const [key, part] of Object.entries(value)) {
      const path = `${prefix}${key}`;
      if (allowed.has(path)) continue;
      if ([...allowed].some((each) => each.startsWith(`${path}.`))) walk(part, `${path}.`);
      else refused.add(path);
    }
  };
  walk(properties, '');
  return [...refused];
}

function parametersOf(
  { name: stack, template, parameters: own }: Stack,
  given: Readonly<Record<string, string>>,
): (name: string) => unknown {
  return (name) => {
    const parameter = template.Parameters?.[name];
    if (parameter === undefined) return undefined;
    const value = given[name] ?? own[name] ?? parameter.Default;
    if (parameter.Type.startsWith('AWS::SSM::')) {
      throw new Error(`local cloud: parameter type ${parameter.Type} (${stack}/${name}) is not emulated`);
    }
    if (value === undefined) throw new Error(`${stack}: parameter ${name} has no default and no value`);
    if (parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<')) return String(value).split(',');
    return String(value);
  };
}

function scopeOf(
  { name: stack, region, template }: Stack,
  parameter: (name: string) => unknown,
): Pick<Scope, 'stack' | 'region' | 'condition' | 'mapping'> {
  const only = (what: string) => (): never => {
    throw new Error(`${stack}: a condition cannot use ${what}`);
  };
  const scope: Scope = {
    stack,
    region,
    ref: (name) => {
      const value = parameter(name);
      if (value === undefined) throw new Error(`${stack}: there is no parameter ${name}`);
      return value;
    },
    attribute: only('Fn::GetAtt'),
    imported: only('Fn::ImportValue'),
    condition: (name) => {
      const condition = template.Conditions?.[name];
      if (condition === undefined) throw new Error(`${stack}: there is no condition ${name}`);
      return testCondition(condition, scope);
    },
    mapping: (map, first, second) => {
      const value = template.Mappings?.[map]?.[first]?.[second];
      if (value === undefined) throw new Error(`${stack}: mapping ${map} has no ${first}.${second}`);
      return value;
    },
  };
  return scope;
}
