import { type ErrorKind, errorKinds } from '@gantry/contract/errors.ts';
import { exampleOf } from '@gantry/contract/example.ts';
import { problemExample } from '@gantry/contract/openapi-components.ts';
import { ClientFrame, ServerFrame, Topic, topicForms } from '@gantry/contract/schemas/realtime.ts';
import * as z from 'zod';
import { type Html, html, json, prose } from './html.ts';

/** The rules for every operation. */
export function basics(server: string): Html {
  return html`<section id="basics"><h2><a class="anchor" href="#basics">Basics</a></h2>
<p>Every path stands under <code>${server}</code>; bodies and answers are JSON. Send the access token of a sign-in, which starts at
<a href="#signIn.get"><code>/v1/sign-in</code></a>, with each request:</p>
<pre><code>curl -H "authorization: Bearer $TOKEN" ${server}/v1/session</code></pre>
<dl>
<dt>Lists</dt><dd>come in pages: <code>limit</code> (1 to 100, otherwise 25) and <code>cursor</code>, the <code>next</code> of the page before; <code>null</code> is
the end. A cursor belongs to its list and outlives the deletion of what it points at.</dd>
<dt>Repeats</dt><dd>A POST takes <code>Idempotency-Key</code>: for 24 hours the same key and content have one effect and one answer, which
a repeat carries with <code>Idempotency-Replayed: true</code>.</dd>
<dt>Lost updates</dt><dd>What has a <code>version</code> carries it as <code>ETag</code>. Send it back as <code>If-Match</code> with a change: where somebody was faster,
the answer is 412.</dd>
<dt>Request ids</dt><dd>Each answer has an <code>X-Request-Id</code>: quote it in a report. What the gateway answers itself has
<code>Apigw-Requestid</code> instead.</dd>
<dt>Changes</dt><dd>Within v1 fields, operations and kinds of events are added, never removed or changed in meaning: ignore what you do not know.</dd>
</dl></section>`;
}

/** Tickets, topics and frames. */
export function realtime(): Html {
  const forms = Object.entries(topicForms).map(
    ([form, text]) => html`<tr><th scope="row"><code>${form}</code></th><td>${prose(text)}</td></tr>`,
  );
  return html`<section id="realtime"><h2><a class="anchor" href="#realtime">Realtime</a></h2>
<p>Ask for a <a href="#tickets.create">ticket</a> and open its address as a WebSocket within a minute; it opens one connection. Then send frames
of JSON and read frames of JSON. An idle connection ends after ten minutes (a ping counts), any connection after two hours: connect again,
subscribe first, then read what is there, and drop what is older than the version that you know.</p>
<h3>Topics</h3><div class="scroll"><table>${forms}</table></div><p>An example: <code>${String(exampleOf(Topic))}</code></p>
<h3>What a client sends</h3>${frames(ClientFrame)}
<h3>What the server sends</h3>${frames(ServerFrame)}</section>`;
}

function frames(union: typeof ClientFrame | typeof ServerFrame): Html[] {
  return union.options.map((option: z.ZodType) => {
    const example = exampleOf(option);
    const type = z.object({ type: z.string() }).parse(example).type;
    return html`<h4 id="frame-${type}"><code>${type}</code></h4>${json(example)}`;
  });
}

/** Every kind of error. */
export function errors(): Html {
  const kinds = Object.keys(errorKinds) as ErrorKind[];
  const rows = kinds.map((kind) => {
    const { status, title, retryable } = errorKinds[kind];
    return html`<tr id="error-${kind}"><th scope="row"><code>${kind}</code></th><td><code>${status}</code></td><td>${title}</td>
<td>${retryable ? 'yes' : 'no'}</td></tr>`;
  });
  return html`<section id="errors"><h2><a class="anchor" href="#errors">Errors</a></h2>
<p>An error is <code>application/problem+json</code> (RFC 9457). Its <code>kind</code> is stable; <code>detail</code> says what happened and what to do, for people;
<code>fields</code> names what is at fault in the request. Where a repeat may succeed, <code>Retry-After</code> says after how many seconds.</p>
${json(problemExample('Invalid'))}
<div class="scroll"><table><tr><th scope="col">Kind</th><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Repeat</th></tr>${rows}</table></div>
<p>Before a request reaches Gantry the gateway may answer it itself, with <code>{"message": "…"}</code>: 404 for a path or method that is not in this
API, 413 above 10 MB, 429 above the installation's limit on requests, 503 where it is overloaded.</p></section>`;
}
