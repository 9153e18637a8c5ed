import type { openApiDocument } from '@gantry/contract/openapi.ts';

type Document = ReturnType<typeof openApiDocument>;
type Operation = NonNullable<NonNullable<Document['paths']>[string]['get']>;

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The API's reference as one page without a script: every operation with its schemas, readable offline. */
export function referencePage(document: Document): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, entry]) =>
    methods.flatMap((method) => {
      const operation = entry[method];
      return operation ? [renderOperation(method, path, operation)] : [];
    }),
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="schema-${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${json(schema)}</details>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(document.info.title)} API</title><style>${style}</style></head><body><main>
<h1>${escapeHtml(document.info.title)} API</h1><p>${escapeHtml(document.info.description ?? '')}</p>
<p>As a document: <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI ${escapeHtml(document.openapi)})</p>
<h2>Operations</h2>${operations.join('\n')}<h2>Schemas</h2>${schemas.join('\n')}</main></body></html>`;
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const responses = Object.entries(operation.responses ?? {}).map(
    ([status, response]) =>
      `<li><code>${escapeHtml(status)}</code> ${escapeHtml('description' in response ? (response.description ?? '') : '')}</li>`,
  );
  return `<details id="${escapeHtml(operation.operationId ?? '')}"><summary><b class="${method}">${method.toUpperCase()}</b>
<code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')}</summary>
${operation.requestBody ? `<h4>Body</h4>${json(operation.requestBody)}` : ''}
${operation.parameters?.length ? `<h4>Parameters</h4>${json(operation.parameters)}` : ''}
<h4>Answers</h4><ul>${responses.join('')}</ul></details>`;
}

function json(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1c2128;background:#fff}main{max-width:60rem;margin:auto;padding:2rem 1rem}
summary{cursor:pointer;padding:.5rem 0}details{border-bottom:1px solid #d8dee4}pre{background:#f6f8fa;padding:1rem;overflow:auto;border-radius:6px}
b{display:inline-block;min-width:4rem}.get{color:#0b6e4f}.post{color:#0a58ca}.delete{color:#b42318}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre{background:#161b22}details{border-color:#30363d}.get{color:#3fb950}.post{color:#58a6ff}.delete{color:#ff7b72}a{color:#58a6ff}}`;
