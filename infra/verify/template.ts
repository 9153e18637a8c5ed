import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

interface Template {
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value?: unknown; readonly Export?: { readonly Name?: unknown } }>
  >;
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Templates by the name of their stack: `gantry-<stage>-<topic>`. */
export type Templates = ReadonlyMap<string, Template>;

/** A resource and its place: `<topic>/<logical id>`. */
export interface Placed {
  readonly at: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly resource: Resource;
}

/** One place where a rule is broken. */
export interface Finding {
  readonly rule: string;
  readonly at: string;
  readonly what: string;
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The templates of a synthesized folder. */
export function readTemplates(folder: string): Templates {
  const files = readdirSync(folder).filter((file) => file.endsWith('.template.json'));
  return new Map(
    files.map((file) => [file.replace('.template.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  );
}

/** Every resource, or those of the given types. */
export function resources(templates: Templates, ...types: string[]): Placed[] {
  return [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, { Type }]) => types.length === 0 || types.includes(Type))
      .map(([logicalId, resource]) => ({ at: `${topicOf(stack)}/${logicalId}`, stack, logicalId, resource })),
  );
}

/** The part of a stack's name after the stage: `gantry-production-api` is `api`. */
export function topicOf(stack: string): string {
  return stack.split('-').at(-1) ?? stack;
}

/** A property at a dotted path, or undefined. */
export function property({ resource }: Placed, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      resource.Properties,
    );
}

/** Every text in a value, however deep, with its path. */
export function* textsIn(value: unknown, path = ''): Generator<{ readonly path: string; readonly text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) yield* textsIn(each, path === '' ? key : `${path}.${key}`);
}

/** A value that may be one or a list. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
