import { available } from '@gantry/cloud/failures.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { actionOf, type Route, type RouteInput, type RouteReply } from '@gantry/contract/route.ts';
import { type Context, routesByContext } from '@gantry/contract/routes.ts';
import { newTraceId, traceIdOf } from '@gantry/contract/trace.ts';
import { authorise } from '@gantry/core/access/authorise.ts';
import { type Caller, requirePerson } from '@gantry/core/access/caller.ts';
import { underAuthority } from '@gantry/core/kernel/authority.ts';
import { type Outcome, once } from '@gantry/core/kernel/idempotency/operations.ts';
import { onBehalfOf } from '@gantry/core/kernel/request.ts';
import middy from '@middy/core';
import { markCursor, unmarkCursor } from './cursors.ts';
import type { HttpAnswer, HttpEvent, LambdaContext } from './event.ts';
import { entityTag } from './headers.ts';
import { type ParsedRequest, parseRequest } from './request.ts';
import { requestLog } from './request-log.ts';

type RoutesOf<C extends Context> = (typeof routesByContext)[C];
type CallerOf<R extends Route> = R['access'] extends 'public' ? undefined : Caller;

/** One handler for each operation of the context: a missing or an extra one does not compile. */
export type Handlers<C extends Context> = {
  readonly [O in keyof RoutesOf<C>]: RoutesOf<C>[O] extends infer R extends Route
    ? (request: RouteInput<R> & { readonly caller: CallerOf<R> }) => Promise<RouteReply<R>> | RouteReply<R>
    : never;
};

interface ServeOptions {
  /** Who is behind a bearer token; throws Unauthenticated. */
  readonly authenticate: (token: string) => Promise<Caller>;
  /** HTML pages for people, by path. */
  readonly pages?: Readonly<Record<string, () => string>>;
}

type AnyHandler = (request: never) => unknown;

interface Operation {
  readonly operation: string;
  readonly route: Route;
  readonly handle: AnyHandler;
}

/** The Lambda handler of one context of the API: verify, validate, call, check the answer, present the outcome. */
export function serve<C extends Context>(context: C, handlers: Handlers<C>, options: ServeOptions) {
  const operations = new Map<string, Operation>(
    Object.entries(routesByContext[context] as Record<string, Route>).map(([operation, route]) => [
      `${route.method} ${route.path}`,
      { operation, route, handle: handlers[operation as keyof Handlers<C>] as AnyHandler },
    ]),
  );

  async function answer(event: HttpEvent): Promise<HttpAnswer> {
    const page = options.pages?.[event.rawPath];
    const { requestId } = event.requestContext;
    if (page) return { statusCode: 200, headers: { ...pageHeaders, 'x-request-id': requestId }, body: page() };
    const found = operations.get(event.routeKey);
    if (found === undefined) throw new GantryError('NotFound', `There is no ${event.routeKey} in this API. See /docs.`);
    const { route } = found;
    const caller = route.access === 'public' ? undefined : await options.authenticate(bearer(event));
    const path = event.rawPath;
    const parsed = parseRequest(route, event);
    const request = { ...parsed, query: unmarkCursor(route, path, parsed.query) };
    const outcome = await perform(found, request, caller, path);
    const reply = markCursor(route, path, outcome.reply);
    const tag = entityTag(reply);
    return {
      statusCode: route.reply.status,
      headers: {
        'content-type': 'application/json',
        'x-request-id': requestId,
        'cache-control': 'no-store',
        ...(tag !== undefined && { etag: tag }),
        ...(outcome.replayed && { 'idempotency-replayed': 'true' }),
      },
      body: reply === undefined ? '' : JSON.stringify(reply),
    };
  }

  const operationOf = ({ routeKey }: HttpEvent) => operations.get(routeKey)?.operation;
  const answered = middy<HttpEvent, HttpAnswer, Error, LambdaContext>()
    .use(requestLog(operationOf))
    .handler((event) => available('Gantry', () => underAuthority(() => answer(event))));
  return (event: HttpEvent, context: LambdaContext): Promise<HttpAnswer> => {
    const traceId = traceIdOf(event.headers.traceparent) ?? newTraceId();
    return onBehalfOf({ requestId: event.requestContext.requestId, traceId }, () => answered(event, context));
  };
}

/** Calls the handler and checks its answer; under an `Idempotency-Key`, once. Whoever may not call it gets no earlier answer either. */
async function perform(
  { operation, route, handle }: Operation,
  request: ParsedRequest,
  caller: Caller | undefined,
  path: string,
): Promise<Outcome> {
  const present = (reply: unknown) => route.reply.schema.parse(reply);
  const { idempotencyKey: key, query, body } = request;
  if (route.access === 'person' && caller !== undefined) requirePerson(caller);
  const run = async () => handle({ ...request, caller } as never);
  if (key === undefined || caller === undefined) return { reply: present(await run()), replayed: false };
  const keyed = { key, userId: caller.userId, operation, path, content: { query, body }, present };
  return once(keyed, () => stillAllowed(caller, route, request), run);
}

/** An answer is given again only to somebody whose role in the team allows now what was done then. */
async function stillAllowed(caller: Caller, route: Route, { params }: ParsedRequest): Promise<void> {
  const action = actionOf(route);
  if (action === undefined) return;
  const { teamId, projectId } = params as { readonly teamId: string; readonly projectId?: string };
  await authorise(caller, action, { teamId, projectId });
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

function bearer(event: HttpEvent): string {
  const [, token] = /^Bearer (\S+)$/.exec(event.headers.authorization ?? '') ?? [];
  if (token === undefined)
    throw new GantryError('Unauthenticated', 'This route needs an access token: Authorization: Bearer …');
  return token;
}
