import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../kernel/service.ts';

/** A shape of the SDK's model, compiled once so that checks of requests need no look-up. */
export type Shape =
  | {
      readonly kind: 'string' | 'number' | 'boolean' | 'blob' | 'timestamp' | 'document' | 'unit';
      readonly format?: number;
    }
  | { readonly kind: 'list' | 'map'; readonly of: () => Member }
  | { readonly kind: 'structure' | 'union'; readonly name: string; readonly members: ReadonlyMap<string, Member> };

type Structure = Extract<Shape, { readonly kind: 'structure' | 'union' }>;

/** A member of a structure, or a list's or map's element. */
export interface Member {
  readonly shape: Shape;
  readonly required: boolean;
  readonly traits: Traits;
}

/** The place of a member or operation on the wire, from its traits. */
export type Traits = Readonly<Record<string, unknown>>;

export interface OperationShape {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  readonly traits: Traits;
}

const operations = new WeakMap<object, OperationShape>();
const shapes = new WeakMap<object, Shape>();

/** The operation `name` in an SDK client's module; undefined for an unknown one. */
export function operationShape(model: Readonly<Record<string, unknown>>, name: string): OperationShape | undefined {
  const raw = /^[A-Za-z0-9]+$/.test(name) ? model[`${name}$`] : undefined;
  if (!Array.isArray(raw) || raw[0] !== 9) return undefined;
  const known = operations.get(raw);
  if (known !== undefined) return known;
  const [, , , traits, input, output] = raw as readonly unknown[];
  const made: OperationShape = {
    name,
    input: shapeOf(schemaOf(input)),
    output: shapeOf(schemaOf(output)),
    traits: traitsOf(traits),
  };
  operations.set(raw, made);
  return made;
}

/** The traits of the exception `name` (`httpError`, `awsQueryError`), empty for an unknown one. */
export function errorTraits(model: Readonly<Record<string, unknown>>, name: string): Traits {
  const raw = /^[A-Za-z]+$/.test(name) ? model[`${name}$`] : undefined;
  return Array.isArray(raw) && raw[0] === -3 ? traitsOf(raw[3]) : {};
}

function traitsOf(raw: unknown): Traits {
  return typeof raw === 'object' && raw !== null ? { ...raw } : {};
}

function schemaOf(ref: unknown): NormalizedSchema {
  return NormalizedSchema.of(ref as Parameters<typeof NormalizedSchema.of>[0]);
}

function shapeOf(schema: NormalizedSchema): Shape {
  const raw: unknown = schema.getSchema();
  if (typeof raw !== 'object' || raw === null) return compile(schema, raw);
  const known = shapes.get(raw);
  if (known !== undefined) return known;
  const made = compile(schema, raw);
  shapes.set(raw, made);
  return made;
}

function compile(schema: NormalizedSchema, raw: unknown): Shape {
  if (schema.isStructSchema()) return structureOf(schema, raw as object);
  if (schema.isListSchema()) return { kind: 'list', of: lazy(() => memberOf(schema.getValueSchema(), false)) };
  if (schema.isMapSchema()) return { kind: 'map', of: lazy(() => memberOf(schema.getValueSchema(), false)) };
  if (schema.isBlobSchema()) return { kind: 'blob' };
  if (schema.isTimestampSchema()) return { kind: 'timestamp', format: raw as number };
  if (schema.isBooleanSchema()) return { kind: 'boolean' };
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema()) return { kind: 'number' };
  if (schema.isDocumentSchema()) return { kind: 'document' };
  if (schema.isUnitSchema()) return { kind: 'unit' };
  return { kind: 'string' };
}

/** Members are filled in after the shape is known, because shapes may contain themselves (a DynamoDB value, for one). */
function structureOf(schema: NormalizedSchema, raw: object): Structure {
  const members = new Map<string, Member>();
  const shape: Structure = {
    kind: schema.isUnionSchema() ? 'union' : 'structure',
    name: schema.getName() ?? '',
    members,
  };
  shapes.set(raw, shape);
  const required = Number((raw as { readonly 6?: number })[6] ?? 0);
  let index = 0;
  for (const [name, member] of schema.structIterator()) members.set(name, memberOf(member, index++ < required));
  return shape;
}

function memberOf(schema: NormalizedSchema, required: boolean): Member {
  return { shape: shapeOf(schema), required, traits: { ...schema.getMergedTraits() } };
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * Checks a value against its shape and returns it in wire form, with members under their model names and without nulls. A wrong type is AWS's
 * `SerializationException`; a missing or unknown member its `ValidationException`. Each names the member. `alias` gives a member's name on this
 * protocol's wire.
 */
export function check(
  shape: Shape,
  value: unknown,
  path: string,
  alias: (name: string, traits: Traits) => string,
): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return checkStructure(shape, value, path, alias);
    case 'list': {
      if (!Array.isArray(value)) throw wrongType(path, 'a list');
      const { shape: of } = shape.of();
      return value.map((each, index) => (each === null ? null : check(of, each, `${path}[${index}]`, alias)));
    }
    case 'map': {
      const { shape: of } = shape.of();
      const entries = Object.entries(record(value, path)).filter(([, each]) => each !== null && each !== undefined);
      return Object.fromEntries(entries.map(([key, each]) => [key, check(of, each, `${path}.${key}`, alias)]));
    }
    case 'blob':
      if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw wrongType(path, 'base64');
      return value;
    case 'timestamp':
      return seconds(value, path);
    case 'number':
      if (typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value;
      throw wrongType(path, 'a number');
    case 'document':
      return value;
    case 'unit':
      return {};
    default:
      if (typeof value !== shape.kind) throw wrongType(path, `a ${shape.kind}`);
      return value;
  }
}

function checkStructure(
  shape: Structure,
  value: unknown,
  path: string,
  alias: (name: string, traits: Traits) => string,
): Readonly<Record<string, unknown>> {
  const left = new Map(Object.entries(record(value, path)).filter(([, each]) => each !== null && each !== undefined));
  const result: Record<string, unknown> = {};
  for (const [name, member] of shape.members) {
    const key = alias(name, member.traits);
    const at = path === '' ? name : `${path}.${name}`;
    if (left.has(key)) {
      result[name] = check(member.shape, left.get(key), at, alias);
      left.delete(key);
    } else if (member.required) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`,
      );
    }
  }
  for (const name of left.keys()) {
    if (name !== '__type')
      throw new AwsError(
        'ValidationException',
        `${path === '' ? name : `${path}.${name}`} is not a member of ${shape.name}`,
      );
  }
  if (shape.kind === 'union' && Object.keys(result).length !== 1) {
    throw new AwsError('ValidationException', `${path}: supplied value must have exactly one member of ${shape.name}`);
  }
  return result;
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(path, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

function seconds(value: unknown, path: string): number {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) / 1000 : Number.NaN;
  if (Number.isNaN(time)) throw wrongType(path, 'a timestamp');
  return time;
}

function wrongType(path: string, expected: string): AwsError {
  return new AwsError('SerializationException', `${path === '' ? 'The body' : path} must be ${expected}`);
}
