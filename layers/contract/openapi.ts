import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { type ErrorKind, errorKinds } from './errors.ts';
import { exampleOf } from './example.ts';
import { components, problemExample, reference } from './openapi-components.ts';
import { type Route, takesIdempotencyKey, takesToken } from './route.ts';
import { type Context, routesByContext } from './routes.ts';
import { Problem } from './schemas/common.ts';

const titles: Record<Context, string> = {
  browser: 'Browser sessions',
  meta: 'The API itself',
  identity: 'People and teams',
  projects: 'Projects, environments and services',
  source: 'Source',
  deployments: 'Deployments',
  variables: 'Variables',
  logs: 'Logs',
  metrics: 'Metrics',
  alerts: 'Alerts and channels',
  audit: 'Audit',
  exec: 'Commands in running services',
  databases: 'Databases',
};

/** Every kind of error that a route may answer with. */
export function errorsOf(route: Route): readonly ErrorKind[] {
  const kinds: ErrorKind[] = ['Invalid', 'RateLimited', 'Internal', 'Unavailable', ...(route.errors ?? [])];
  if (route.access !== 'public') kinds.push('Unauthenticated', 'Forbidden');
  if (route.params !== undefined) kinds.push('NotFound');
  if (route.body !== undefined) kinds.push('TooLarge');
  if (route.ifMatch) kinds.push('PreconditionFailed');
  if (takesIdempotencyKey(route)) kinds.push('Conflict');
  return Object.keys(errorKinds).filter((kind): kind is ErrorKind => kinds.includes(kind as ErrorKind));
}

/** The API as an OpenAPI 3.1 document, derived from the declared routes. `server` is the API's address. */
export function openApiDocument(server: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const [context, routes] of Object.entries(routesByContext) as [Context, Record<string, Route>][]) {
    for (const [operationId, route] of Object.entries(routes)) {
      const operation = operationOf(operationId, route, titles[context]);
      paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
    }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Gantry',
      version: '1',
      description: 'Deploy, watch and roll back apps on a platform that you own.',
    },
    servers: [{ url: server }],
    tags: Object.values(titles).map((name) => ({ name })),
    components,
    paths,
  });
}

function operationOf(operationId: string, route: Route, tag: string): ZodOpenApiOperationObject {
  const headers = [
    ...(takesIdempotencyKey(route) ? [reference.parameter('IdempotencyKey')] : []),
    ...(route.ifMatch ? [reference.parameter('IfMatch')] : []),
  ];
  return {
    operationId,
    summary: route.summary,
    description: accessText(route),
    tags: [tag],
    security: takesToken(route) ? [{ bearer: [] }] : [],
    requestParams: { ...(route.params && { path: route.params }), ...(route.query && { query: route.query }) },
    ...(headers.length > 0 && { parameters: headers }),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: route.body, example: exampleOf(route.body, 'input') } },
      },
    }),
    responses: { [String(route.reply.status)]: successOf(route), ...problemsOf(route) },
  };
}

function accessText({ access }: Route): string {
  if (access === 'public') return 'For anybody.';
  if (access === 'page')
    return "For this installation's own pages: with `Origin`, the header `X-Gantry-Page` and a cookie.";
  if (access === 'person') return 'For a signed-in person; API tokens cannot call it.';
  return access === 'signedIn'
    ? 'For every known caller, by a sign-in or an API token.'
    : `Needs a role that allows \`${access}\`.`;
}

function successOf(route: Route) {
  const { status, schema } = route.reply;
  const example = exampleOf(schema);
  const versioned = typeof example === 'object' && example !== null && 'version' in example;
  return {
    description: 'Done',
    headers: {
      'X-Request-Id': reference.header('RequestId'),
      ...(versioned && { ETag: reference.header('ETag') }),
      ...(takesIdempotencyKey(route) && { 'Idempotency-Replayed': reference.header('IdempotencyReplayed') }),
    },
    ...(status !== 204 && { content: { 'application/json': { schema, example } } }),
  };
}

function problemsOf(route: Route) {
  const byStatus = Map.groupBy(errorsOf(route), (kind) => String(errorKinds[kind].status));
  const problems = [...byStatus].map(([status, kinds]) => {
    const [first = 'Internal'] = kinds;
    const waits = kinds.some((kind) => errorKinds[kind].retryable && kind !== 'Internal');
    return [
      status,
      {
        description: kinds.map((kind) => `${kind}: ${errorKinds[kind].title}`).join('; '),
        headers: {
          'X-Request-Id': reference.header('RequestId'),
          ...((waits || kinds.includes('Conflict')) && { 'Retry-After': reference.header('RetryAfter') }),
        },
        content: { 'application/problem+json': { schema: Problem, example: problemExample(first) } },
      },
    ];
  });
  return Object.fromEntries(problems);
}
