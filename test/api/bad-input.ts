import { exampleOf } from '@gantry/contract/example.ts';
import { newId } from '@gantry/contract/ids.ts';
import { type Route, takesIdempotencyKey } from '@gantry/contract/route.ts';
import { type OperationId, routes } from '@gantry/contract/routes.ts';
import { newTraceId } from '@gantry/contract/trace.ts';
import { EnvironmentEntity } from '@gantry/core/records/projects.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { type Answer, declared, exampleRequest, type Request } from './call.ts';
import { world } from './fixture.ts';
import { anything, oddText, pathsOf, replaced } from './odd-values.ts';
import { inWorld } from './world.ts';

const RUNS = { numRuns: 12 };

describe('under bad input,', () => {
  const valid = (route: Route): Request => inWorld(exampleRequest(route), world.ids);

  /** Sends a request and expects an error about a field at or under `field`. */
  async function refuses(operation: OperationId, request: Request, field: string): Promise<Answer> {
    const answer = await world.api.send(operation, request);
    const names = answer.problem?.fields?.map((at) => at.field) ?? [];
    const seen = { operation, request: shown(request), status: answer.status, names };
    expect({ ...seen, names: names.some((name) => name === field || name.startsWith(`${field}.`)) }).toEqual({
      ...seen,
      names: true,
    });
    return answer;
  }

  /** Sends a request with one changed part. If the part's schema refuses the part, so must the API; an error of ours is never allowed. */
  async function judges(
    operation: OperationId,
    request: Request,
    part: 'params' | 'query' | 'body',
    schema: z.ZodType,
  ) {
    const result = schema.safeParse(throughJson(request[part]));
    if (result.success) return;
    const [issue] = result.error.issues;
    await refuses(operation, request, [part, ...(issue?.path ?? [])].join('.'));
  }

  const withBody = declared.filter(([, route]) => route.body !== undefined);
  const withParams = declared.filter(([, route]) => route.params !== undefined);

  it.each(withBody)('%s refuses a body that breaks its schema, and names the field', async (operation, route) => {
    const { body: schema } = route;
    if (schema === undefined) return;
    const request = valid(route);
    const paths = pathsOf(request.body);
    const oneChanged = fc
      .tuple(fc.constantFrom(...paths), anything)
      .map(([path, value]) => replaced(request.body, path, value));
    await fc.assert(
      fc.asyncProperty(fc.oneof(oneChanged, oneChanged, anything), (body) =>
        judges(operation, { ...request, body: JSON.stringify(body) === undefined ? null : body }, 'body', schema),
      ),
      RUNS,
    );
  });

  it.each(withBody)(
    '%s refuses unknown fields, broken JSON, no body, another content type and a body of a megabyte',
    async (operation, route) => {
      const request = valid(route);
      const { body } = request;
      await refuses(operation, { ...request, body: { ...(body as object), surprise: 1 } }, 'body.surprise');
      await refuses(operation, { ...request, body: `{"__proto__":{},${JSON.stringify(body).slice(1)}` }, 'body');
      await refuses(operation, { ...request, body: JSON.stringify(body).slice(0, -1) }, 'body');
      await refuses(operation, { params: request.params ?? {} }, 'body');
      await refuses(operation, { ...request, headers: { 'content-type': 'text/plain' } }, 'header.content-type');
      const large = await refuses(
        operation,
        { ...request, body: { ...(body as object), surprise: 'x'.repeat(1_048_576) } },
        'body',
      );
      expect(large.status).toBe(413);
    },
  );

  it.each(declared.filter(([, route]) => route.body === undefined && route.method !== 'GET'))(
    '%s refuses any body, because the route takes none',
    async (operation, route) => {
      await refuses(operation, { ...valid(route), body: { surprise: 1 } }, 'body');
    },
  );

  it.each(withParams)('%s refuses malformed ids, and answers 404 for ids of another team', async (operation, route) => {
    const request = valid(route);
    const names = Object.keys(request.params ?? {});
    const text = oddText.filter((value) => value.isWellFormed() && !/^\.{0,2}$|\//.test(value));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), text, async (name, value) => {
        await refuses(operation, { ...request, params: { ...request.params, [name]: value } }, `params.${name}`);
      }),
      RUNS,
    );
    for (const name of names) {
      const foreign = String(exampleOf(route.params?.shape[name] as z.ZodType));
      const id = /_/.test(foreign) ? foreign.replace(/_.*$/, newId('event').slice(3)) : '987654321';
      const answer = await world.api.send(operation, { ...request, params: { ...request.params, [name]: id } });
      expect({ operation, name, status: answer.status }).toEqual({ operation, name, status: 404 });
    }
  });

  it.each(declared)('%s refuses unknown query parameters', async (operation, route) => {
    await refuses(operation, { ...valid(route), query: { surprise: '1' } }, 'query.surprise');
  });

  it.each(declared.filter(([, route]) => route.query !== undefined))(
    '%s refuses query values that break the schema, and cursors of other lists',
    async (operation, route) => {
      const { query: schema } = route;
      if (schema === undefined) return;
      const request = valid(route);
      const names = Object.keys(schema.shape);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...names),
          oddText.filter((value) => value.isWellFormed()),
          (name, value) => judges(operation, { ...request, query: { [name]: value } }, 'query', schema),
        ),
        RUNS,
      );
      if (!names.includes('cursor')) return;
      const forged = [{}, { pk: 'team#x', sk: 'project#x' }, { pk: `team#${world.ids.team}`, sk: 7 }, [], null, 'x'];
      for (const cursor of [
        'x',
        '…',
        'e30',
        ...forged.map((key) => Buffer.from(JSON.stringify(key)).toString('base64url')),
      ]) {
        await refuses(operation, { ...request, query: { cursor } }, 'query.cursor');
      }
    },
  );

  it('a list continues after the item of its cursor is deleted, and another list refuses that cursor', async () => {
    const params = { teamId: world.ids.team, projectId: world.ids.project };
    for (const slug of ['a', 'b', 'c']) await world.api.done('environments.create', { params, body: { slug } });
    const first = await world.api.done('environments.list', { params, query: { limit: '2' } });
    const cursor = first.next ?? '';
    await world.forget(EnvironmentEntity.delete({ ...params, id: first.items[1]?.id ?? '' }));
    const rest = await world.api.done('environments.list', { params, query: { cursor } });
    expect([...first.items, ...rest.items].map((item) => item.slug)).toEqual(['production', 'a', 'b', 'c']);
    await refuses('services.list', { params, query: { cursor } }, 'query.cursor');
  });

  it.each(declared.filter(([, route]) => takesIdempotencyKey(route)))(
    '%s refuses a malformed Idempotency-Key',
    async (operation, route) => {
      for (const key of ['', 'two words', 'x'.repeat(256)]) {
        await refuses(operation, { ...valid(route), headers: { 'idempotency-key': key } }, 'header.idempotency-key');
      }
    },
  );

  it.each(declared.filter(([, route]) => route.method !== 'GET'))(
    '%s refuses an If-Match that is malformed or that the route does not take',
    async (operation, route) => {
      for (const tag of ['3', 'W/"3"', '"x"', '"1", "2"', ...(route.ifMatch ? [] : ['"1"', '*'])]) {
        await refuses(operation, { ...valid(route), headers: { 'if-match': tag } }, 'header.if-match');
      }
    },
  );

  it('a route continues a valid traceparent, and starts a new trace for an invalid one', async () => {
    const traceId = newTraceId();
    const traced = async (traceparent: string) => {
      const request = { ...valid(routes['deployments.create']), headers: { traceparent } };
      return (await world.api.done('deployments.create', request)).traceId;
    };
    expect(await traced(`00-${traceId}-00f067aa0ba902b7-01`)).toBe(traceId);
    const others = [await traced(`00-${traceId}-0000000000000000-01`), await traced('anything at all')];
    expect(new Set([traceId, ...others]).size).toBe(3);
  });

  it('the gateway answers 404 to a method that a path does not have', async () => {
    const methodsOf = Map.groupBy(declared, ([, route]) => route.path);
    for (const [path, entries] of methodsOf) {
      const [, route] = entries[0] ?? [];
      if (route === undefined) continue;
      const { params = {} } = valid(route);
      const address = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
        (name) => !entries.some(([, at]) => at.method === name),
      )) {
        const response = await fetch(`${world.api.url}${address}`, {
          method,
          headers: { authorization: `Bearer ${world.owner}` },
        });
        expect({ path, method, status: response.status, body: await response.json() }).toEqual({
          path,
          method,
          status: 404,
          body: { message: 'Not Found' },
        });
        expect(response.headers.get('apigw-requestid')).not.toBeNull();
      }
    }
  });
});

/** A value as it arrives. */
function throughJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function shown(request: Request): string {
  return JSON.stringify(request)?.slice(0, 300) ?? '';
}
