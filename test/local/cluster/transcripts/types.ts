import type { Connection } from './connection.ts';

/**
 * The fields of each type below the kinds of `roots`, by the type's name in OpenAPI. A field's type is a name, or `s` string, `i` integer, `n`
 * number, `b` boolean, `*` anything, `[T` a list, `{T` a map by name.
 */
export type Types = Readonly<Record<string, Readonly<Record<string, string>> | '*' | 's'>>;

interface OpenApi {
  readonly $ref?: string;
  readonly allOf?: readonly OpenApi[];
  readonly type?: string;
  readonly items?: OpenApi;
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly additionalProperties?: OpenApi;
}

const PLAIN: Readonly<Record<string, string>> = { string: 's', integer: 'i', number: 'n', boolean: 'b' };

function shortName(reference: string): string {
  return reference.replace('#/components/schemas/', '').replace(/^io\.k8s\.(api\.|apimachinery\.pkg\.)/, '');
}

/** Reads the types of the built-in kinds from the OpenAPI documents of a cluster. Rejects if it serves none. */
export async function typesOf(
  connection: Connection,
  paths: readonly string[],
  roots: readonly string[],
): Promise<Types> {
  const schemas = new Map<string, OpenApi>();
  for (const path of paths) {
    const headers = { accept: 'application/json' };
    const { status, text } = await connection({ method: 'GET', path: `/openapi/v3/${path}`, headers, body: undefined });
    if (status !== 200) throw new Error(`/openapi/v3/${path} was answered with ${status}`);
    const document = JSON.parse(text) as { components: { schemas: Record<string, OpenApi> } };
    for (const [name, schema] of Object.entries(document.components.schemas)) schemas.set(shortName(name), schema);
  }
  const types: Record<string, Record<string, string> | '*' | 's'> = {};
  const typeOf = (schema: OpenApi): string => {
    const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
    if (reference !== undefined) return visit(shortName(reference));
    if (schema.type === 'array') return `[${typeOf(schema.items ?? {})}`;
    if (schema.additionalProperties !== undefined) return `{${typeOf(schema.additionalProperties)}`;
    return PLAIN[schema.type ?? ''] ?? '*';
  };
  const visit = (name: string): string => {
    const schema = schemas.get(name);
    if (name in types || schema === undefined) return name in types ? name : '*';
    if (schema.properties === undefined) {
      types[name] = schema.type === 'string' ? 's' : '*';
      return name;
    }
    const fields: Record<string, string> = {};
    types[name] = fields;
    for (const [field, each] of Object.entries(schema.properties)) fields[field] = typeOf(each);
    return name;
  };
  for (const root of roots) visit(root);
  return Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)));
}
