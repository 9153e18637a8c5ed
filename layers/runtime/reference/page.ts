import { type Html, html } from './html.ts';
import { type Document, operationSection, operationsOf, type Placed } from './operation.ts';
import { fieldsOf, type Schema } from './schema.ts';
import { basics, errors, realtime } from './sections.ts';
import { style } from './style.ts';

/** The API's reference as one page without scripts and foreign resources: readable offline, with an anchor for every part. */
export function referencePage(document: Document): string {
  const { info, servers } = document;
  const operations = operationsOf(document);
  const groups = (document.tags ?? []).map(({ name }) => ({
    name,
    id: name.toLowerCase().replace(/[^a-z]+/g, '-'),
    operations: operations.filter(({ operation }) => operation.tags?.includes(name)),
  }));
  const schemas = Object.entries(document.components?.schemas ?? {}) as [string, Schema][];
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${info.title} API</title>
<style>${{ markup: style }}</style></head><body>
<nav aria-label="Contents"><strong>${info.title} API</strong>
<ul><li><a href="#basics">Basics</a></li><li><a href="#realtime">Realtime</a></li><li><a href="#errors">Errors</a></li><li><a href="#schemas">Schemas</a></li></ul>
${groups.map(({ name, operations: own }) => html`<h2>${name}</h2><ul>${own.map(entry)}</ul>`)}</nav>
<main><h1>${info.title} API</h1><p class="lead">${info.description}</p>
<p>As a document: <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI ${document.openapi})</p>
${basics(servers?.[0]?.url ?? '')}
${groups.map(
  ({ name, id, operations: own }) =>
    html`<section id="${id}"><h2><a class="anchor" href="#${id}">${name}</a></h2>${own.map((placed) => operationSection(placed, document))}</section>`,
)}
${realtime()}${errors()}
<section id="schemas"><h2><a class="anchor" href="#schemas">Schemas</a></h2>
${schemas.map(([name, schema]) => html`<section id="schema-${name}"><h3><a class="anchor" href="#schema-${name}">${name}</a></h3>${fieldsOf(schema)}</section>`)}
</section></main></body></html>`;
  return page.markup;
}

function entry({ method, operation }: Placed): Html {
  return html`<li><a href="#${operation.operationId}"><b class="${method}">${method.toUpperCase()}</b>${operation.operationId}</a></li>`;
}
