import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { type ErrorKind, errorKinds } from './errors.ts';
import type { Route } from './route.ts';
import { type Context, routesByContext } from './routes.ts';
import { Problem } from './schemas/common.ts';

const titles: Record<Context, string> = {
  meta: 'The API itself',
  identity: 'People and teams',
  projects: 'Projects, environments and services',
  source: 'Source',
  deployments: 'Deployments',
  logs: 'Logs',
  audit: 'Audit',
};

function errorsOf(route: Route): ErrorKind[] {
  const always: ErrorKind[] = ['Invalid', 'Internal'];
  const guarded: ErrorKind[] = route.access === 'public' ? [] : ['Unauthenticated', 'Forbidden', 'NotFound'];
  return [...always, ...guarded, ...(route.errors ?? [])];
}

function responsesOf(route: Route) {
  const byStatus = Map.groupBy(errorsOf(route), (kind) => String(errorKinds[kind].status));
  const problems = [...byStatus].map(([status, kinds]) => [
    status,
    {
      description: kinds.map((kind) => `${kind}: ${errorKinds[kind].title}`).join('; '),
      content: { 'application/problem+json': { schema: Problem } },
    },
  ]);
  return {
    [String(route.reply.status)]: {
      description: 'Done',
      content: { 'application/json': { schema: route.reply.schema } },
    },
    ...Object.fromEntries(problems),
  };
}

/** The API as an OpenAPI 3.1 document, derived from the declared routes. `server` is the API's address. */
export function openApiDocument(server: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const [context, routes] of Object.entries(routesByContext) as [Context, Record<string, Route>][]) {
    for (const [operationId, route] of Object.entries(routes)) {
      paths[route.path] = {
        ...paths[route.path],
        [route.method.toLowerCase()]: {
          operationId,
          summary: route.summary,
          tags: [titles[context]],
          security: route.access === 'public' ? [] : [{ bearer: [] }],
          requestParams: {
            ...(route.params && { path: route.params }),
            ...(route.query && { query: route.query }),
          },
          ...(route.body && {
            requestBody: { required: true, content: { 'application/json': { schema: route.body } } },
          }),
          responses: responsesOf(route),
        },
      };
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
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths,
  });
}
