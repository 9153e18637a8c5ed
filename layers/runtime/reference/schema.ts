import { type Html, html, prose } from './html.ts';

/** The parts of an OpenAPI 3.1 schema that the page shows. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A table of an object's fields; for any other schema its type in words. */
export function fieldsOf(schema: Schema): Html {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices?.some((choice) => choice.properties)) {
    return html`<p>One of:</p>${choices.map(fieldsOf)}`;
  }
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return html`<p>${typeOf(schema)} ${limitsOf(schema)}</p>`;
  const rows = fields.map(
    ([
      name,
      field,
    ]) => html`<tr><th scope="row"><code>${name}</code>${!schema.required?.includes(name) && html` <i>optional</i>`}</th>
<td>${typeOf(field)} ${limitsOf(field)}${field.description !== undefined && html`<p>${prose(field.description)}</p>`}</td></tr>`,
  );
  return html`<div class="scroll"><table>${rows}</table></div>`;
}

/** A schema in a few words, with links to named schemas. */
export function typeOf(schema: Schema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return separated(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return separated(choices.map(typeOf));
  if (schema.items !== undefined) return html`list of ${typeOf(schema.items)}`;
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['anything']);
  return html`${types.join(' or ')}${schema.format !== undefined && html` <i>(${schema.format})</i>`}`;
}

function separated(pieces: readonly Html[]): Html {
  return { markup: pieces.map((piece) => piece.markup).join(' · ') };
}

/** Meaningful limits only: zod writes the range of safe integers on every integer. */
function limitsOf({ pattern, minLength, maxLength, minimum, maximum }: Schema): Html {
  const limits = [
    minLength !== undefined && minLength > 0 && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER && `from ${minimum}`,
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && `to ${maximum}`,
  ].filter((limit) => limit !== false);
  const words = limits.length > 0 && html`<i>${limits.join(', ')}</i>`;
  return html`${words} ${pattern !== undefined && html`<code class="pattern">${pattern}</code>`}`;
}
