import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Checks Kubernetes' own objects against the fields of its OpenAPI document, from the official client's generated classes (`@kubernetes/client-node`,
 * Apache-2.0; each class names its release). Reports unknown fields, wrong types and missing fields.
 */

interface Field {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
}

interface Model {
  readonly fields: readonly Field[];
  readonly required: ReadonlySet<string>;
}

const MODELS = dirname(fileURLToPath(import.meta.resolve('@kubernetes/client-node/dist/gen/models/V1Pod.js')));
const NATIVE = /^(?:apps|batch|autoscaling|policy|[a-z.]+\.k8s\.io)?$/;

const known = new Map<string, Model | undefined>();

/** The class of a kind; undefined for an unknown kind: `apps/v1` and `Deployment` is `V1Deployment`. */
export function nativeClass(apiVersion: string, kind: string): string | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const name = `${version[0]?.toUpperCase()}${version.slice(1)}${kind}`;
  return NATIVE.test(group) && model(name) !== undefined ? name : undefined;
}

/** The faults of a value of a class, each with its path. */
export function nativeErrors(type: string, value: unknown, path = ''): string[] {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path} must be a list`];
    return value.flatMap((each, index) => nativeErrors(list, each, `${path}[${index}]`));
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map !== undefined) {
    if (!isRecord(value)) return [`${path} must be a map`];
    return Object.entries(value).flatMap(([key, each]) => nativeErrors(map, each, `${path}.${key}`));
  }
  if (type === 'any') return [];
  if (type === 'IntOrString')
    return typeof value === 'string' || Number.isInteger(value) ? [] : [`${path} must be a number or text`];
  if (type === 'Date') return typeof value === 'string' ? [] : [`${path} must be a time`];
  if (['string', 'number', 'boolean'].includes(type)) return typeof value === type ? [] : [`${path} must be a ${type}`];
  const found = model(type);
  return found === undefined ? [`${path}: the client has no ${type}`] : fieldErrors(found, value, path);
}

function fieldErrors({ fields, required }: Model, value: unknown, path: string): string[] {
  if (!isRecord(value)) return [`${path} must be an object`];
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  // The client renames some fields (`_from`): its serializer writes their real names.
  const fieldOf = (key: string) => fields.find(({ name, baseName }) => key === name || key === baseName);
  const given = Object.entries(value).filter(([, each]) => each !== undefined);
  const wrong = given.flatMap(([key, each]) => {
    const field = fieldOf(key);
    return field === undefined ? [`${at(key)} is not a field`] : nativeErrors(field.type, each, at(key));
  });
  const names = new Set(given.map(([key]) => fieldOf(key)?.name));
  const missing = [...required].filter((name) => !names.has(name)).map((name) => `${at(name)} is missing`);
  return [...wrong, ...missing];
}

/** Reads a class: its fields from its own table, and the required ones from its types. */
function model(name: string): Model | undefined {
  if (known.has(name)) return known.get(name);
  const found = read(name);
  known.set(name, found);
  return found;
}

function read(name: string): Model | undefined {
  if (!existsSync(join(MODELS, `${name}.js`))) return undefined;
  const table = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(readFileSync(join(MODELS, `${name}.js`), 'utf8'))?.[1];
  if (table === undefined) return undefined;
  const types = readFileSync(join(MODELS, `${name}.d.ts`), 'utf8');
  const required = [...types.matchAll(/^ {4}'([^']+)': /gm)].map(([, field = '']) => field);
  return { fields: JSON.parse(table), required: new Set(required) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
