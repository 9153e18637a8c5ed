import * as z from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;
type Definitions = Readonly<Record<string, unknown>>;

/** An example of a schema, for human readers: its own `example`, otherwise made from its parts. A string with a pattern needs its own. */
export function exampleOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): unknown {
  const root = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return build(root, root.$defs ?? {});
}

function build(schema: JsonSchema, definitions: Definitions): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.[0] !== undefined) return schema.enum[0];
  if (schema.$ref !== undefined) return build(follow(schema.$ref, definitions), definitions);
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice !== undefined) return build(asSchema(choice), definitions);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return buildObject(schema, definitions);
    case 'array':
      return schema.items === undefined || Array.isArray(schema.items)
        ? []
        : [build(asSchema(schema.items), definitions)];
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'string':
      return formats[schema.format ?? ''] ?? 'text';
    case 'null':
      return null;
    default:
      return {};
  }
}

const formats: Readonly<Record<string, string>> = {
  email: 'ada@example.com',
  uri: 'https://example.com/',
  'date-time': '2026-11-20T09:30:00.000Z',
};

function buildObject(schema: JsonSchema, definitions: Definitions): unknown {
  const parts = Object.entries(schema.properties ?? {});
  return Object.fromEntries(parts.map(([name, part]) => [name, build(asSchema(part), definitions)]));
}

function follow(reference: string, definitions: Definitions): JsonSchema {
  return asSchema(definitions[reference.replace('#/$defs/', '')]);
}

/** JSON Schema allows `true` for "anything". */
function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
}
