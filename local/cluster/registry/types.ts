import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from '../kinds/kind.ts';
import type { Fields } from '../model.ts';
import { isMap } from '../values.ts';

type Type = Readonly<Record<string, string>> | '*' | 's';

/** The fields of the built-in types: types.json, written by `npm run transcripts` from a real cluster's OpenAPI. */
const TYPES = JSON.parse(readFileSync(join(import.meta.dirname, 'types.json'), 'utf8')) as Readonly<
  Record<string, Type>
>;

/** The fields of a document that its type lacks. */
export interface Misfits {
  /** Paths of unknown fields. */
  readonly unknown: readonly string[];
  /** Values of another type, in words. */
  readonly mistyped: readonly string[];
}

/** The name of a kind's own type, or undefined for custom resources, which keep every field. */
export function typeNameOf({ group, version, kind }: Pick<Kind, 'group' | 'version' | 'kind'>): string | undefined {
  const name = `${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${version}.${kind}`;
  return name in TYPES ? name : undefined;
}

/** Checks a document against its type and returns it without unknown fields. */
export function fitted(document: Fields, typeName: string): { readonly document: Fields } & Misfits {
  const unknown: string[] = [];
  const mistyped: string[] = [];
  const fit = (value: unknown, type: string, path: string): unknown => {
    if (value === null || value === undefined || type === '*') return value;
    const wrong = (expected: string) => {
      mistyped.push(`json: cannot unmarshal ${nameOf(value)} into Go struct field ${path} of type ${expected}`);
      return value;
    };
    if (type.startsWith('[')) {
      if (!Array.isArray(value)) return wrong('[]');
      return value.map((each, index) => fit(each, type.slice(1), `${path}[${index}]`));
    }
    if (type.startsWith('{')) {
      if (!isMap(value)) return wrong('map');
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, fit(each, type.slice(1), `${path}.${key}`)]),
      );
    }
    if (type === QUANTITY) {
      if (typeof value === 'number' || AMOUNT.test(String(value))) return value;
      mistyped.push(`quantities must match the regular expression '${AMOUNT.source}'`);
      return value;
    }
    if (type in PLAIN) return PLAIN[type]?.(value) === true ? value : wrong(type === 's' ? 'string' : type);
    const fields = TYPES[type];
    if (fields === undefined || typeof fields === 'string') return fit(value, fields ?? '*', path);
    if (!isMap(value)) return wrong(type);
    const kept = Object.entries(value).flatMap(([key, each]) => {
      const at = path === '' ? key : `${path}.${key}`;
      const field = fields[key];
      if (field !== undefined) return [[key, fit(each, field, at)] as const];
      unknown.push(at);
      return [];
    });
    return Object.fromEntries(kept);
  };
  return { document: fit(document, typeName, '') as Fields, unknown, mistyped };
}

const QUANTITY = 'api.resource.Quantity';
const AMOUNT = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  s: (value) => typeof value === 'string',
  b: (value) => typeof value === 'boolean',
  i: (value) => Number.isInteger(value),
  n: (value) => typeof value === 'number',
};

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
