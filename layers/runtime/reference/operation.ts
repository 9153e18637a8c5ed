import type { openApiDocument } from '@gantry/contract/openapi.ts';
import { type Html, html, json, prose } from './html.ts';
import { fieldsOf, type Schema, typeOf } from './schema.ts';

export type Document = ReturnType<typeof openApiDocument>;
type Operation = NonNullable<NonNullable<Document['paths']>[string]['get']>;

/** An operation and its place in the document. */
export interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
}

interface Response {
  readonly description?: string;
  readonly content?: Readonly<Record<string, Content>>;
}

/** Every operation of the document in its order. */
export function operationsOf(document: Document): Placed[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, entry]) =>
    (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = entry[method];
      return operation ? [{ method, path, operation }] : [];
    }),
  );
}

/** An operation as a section: its request and its answers, with examples. */
export function operationSection({ method, path, operation }: Placed, document: Document): Html {
  const id = operation.operationId ?? '';
  const body = bodyOf(operation);
  return html`<section class="operation" id="${id}"><h3><a class="anchor" href="#${id}">${operation.summary}</a></h3>
<p class="address"><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code> <span class="id">${id}</span></p>
<p>${prose(operation.description ?? '')}</p>${parametersOf(operation, document)}
${body && html`<h4>Body</h4>${body.schema && namedFields(body.schema)}${json(body.example)}`}
${answersOf(operation)}</section>`;
}

function bodyOf(operation: Operation): Content | undefined {
  const request = operation.requestBody as { readonly content?: Readonly<Record<string, Content>> } | undefined;
  return request?.content?.['application/json'];
}

function namedFields(schema: Schema): Html {
  return schema.$ref === undefined ? fieldsOf(schema) : html`<p>${typeOf(schema)}</p>`;
}

function parametersOf(operation: Operation, document: Document): Html | undefined {
  const parameters = ((operation.parameters ?? []) as readonly Parameter[]).map((parameter) =>
    resolve(parameter, document),
  );
  if (parameters.length === 0) return undefined;
  const rows = parameters.map(
    (
      parameter,
    ) => html`<tr><th scope="row"><code>${parameter.name}</code> <i>${parameter.in}${!parameter.required && ', optional'}</i></th>
<td>${parameter.schema && typeOf(parameter.schema)}<p>${prose(parameter.description ?? '')}</p></td></tr>`,
  );
  return html`<h4>Parameters</h4><div class="scroll"><table>${rows}</table></div>`;
}

function resolve(parameter: Parameter, document: Document): Parameter {
  const name = parameter.$ref?.split('/').at(-1);
  const shared = document.components?.parameters as Readonly<Record<string, Parameter>> | undefined;
  return name === undefined ? parameter : (shared?.[name] ?? parameter);
}

function answersOf(operation: Operation): Html {
  const responses = Object.entries(operation.responses ?? {}) as [string, Response][];
  const success = responses.filter(([status]) => status.startsWith('2'));
  const problems = responses.filter(([status]) => !status.startsWith('2'));
  const shown = success.map(([status, { content }]) => {
    const answer = content?.['application/json'];
    return html`<h4>Answer <code>${status}</code></h4>${
      answer?.schema && html`${namedFields(answer.schema)}${json(answer.example)}`
    }`;
  });
  const kinds = problems.flatMap(([status, { description = '' }]) =>
    description.split('; ').map((text) => {
      const [kind = ''] = text.split(':');
      return html`<li><a href="#error-${kind}"><code>${status}</code> ${kind}</a></li>`;
    }),
  );
  return html`${shown}<h4>Errors</h4><ul class="errors">${kinds}</ul>`;
}
