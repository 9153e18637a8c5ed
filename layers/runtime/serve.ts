import { GantryError } from '@gantry/contract/errors.ts';
import { actionOf, type Route, type RouteInput, type RouteReply, takesToken } from '@gantry/contract/route.ts';
import { authorise } from '@gantry/core/access/authorise.ts';
import { type Caller, requirePerson } from '@gantry/core/access/caller.ts';
import { type Outcome, once } from '@gantry/core/kernel/idempotency/operations.ts';
import middy from '@middy/core';
import type { Call, Operation } from './call.ts';
import { markCursor } from './cursors.ts';
import type { HttpAnswer, HttpEvent, LambdaContext } from './event.ts';
import { entityTag } from './headers.ts';
import { around } from './middleware/around.ts';
import { authenticate } from './middleware/authenticate.ts';
import { authority } from './middleware/authority.ts';
import { fromEdge } from './middleware/from-edge.ts';
import { ownPage } from './middleware/own-page.ts';
import { presentProblem } from './middleware/present-problem.ts';
import { requestLog } from './middleware/request-log.ts';
import { requestTrace } from './middleware/trace.ts';
import { validate } from './middleware/validate.ts';
import type { ParsedRequest } from './request.ts';
import type { SessionCookie } from './session-cookie.ts';

type Routes = Readonly<Record<string, Route>>;
type CallerOf<R extends Route> = R['access'] extends 'public' | 'page' ? undefined : Caller;
type PageOf<R extends Route> = R['access'] extends 'page' ? { readonly cookie: SessionCookie } : unknown;

/** One handler per operation of the routes: a missing or an extra one does not compile. */
export type Handlers<T extends Routes> = {
  readonly [O in keyof T]: T[O] extends infer R extends Route
    ? (request: RouteInput<R> & PageOf<R> & { readonly caller: CallerOf<R> }) => Promise<RouteReply<R>> | RouteReply<R>
    : never;
};

interface ServeOptions {
  /** Finds the caller of a bearer token; throws Unauthenticated. */
  readonly authenticate: (token: string) => Promise<Caller>;
  /** HTML pages for people, by path. */
  readonly pages?: Readonly<Record<string, () => string>>;
}

/**
 * The Lambda handler of one context of the API: it verifies, validates, calls, checks the answer and presents it. It gets only its own routes, so that
 * a function starts without the schemas of all others.
 */
export function serve<T extends Routes>(routes: T, handlers: Handlers<T>, options: ServeOptions) {
  const operations = new Map<string, Operation>(
    Object.entries(routes).map(([operation, route]) => [
      `${route.method} ${route.path}`,
      { operation, route, handle: handlers[operation] as Operation['handle'] },
    ]),
  );
  const called = middy<Call, HttpAnswer, Error, LambdaContext>()
    .use(authenticate(options.authenticate))
    .use(ownPage)
    .use(validate)
    .handler(answerCall);

  async function answer(event: HttpEvent, lambda: LambdaContext): Promise<HttpAnswer> {
    const page = options.pages?.[event.rawPath];
    const { requestId } = event.requestContext;
    if (page) return { statusCode: 200, headers: { ...pageHeaders, 'x-request-id': requestId }, body: page() };
    const found = operations.get(event.routeKey);
    if (found === undefined) throw new GantryError('NotFound', `There is no ${event.routeKey} in this API. See /docs.`);
    return called({ ...found, event }, lambda);
  }

  const answered = middy<HttpEvent, HttpAnswer, Error, LambdaContext>()
    .use(requestLog('request', ({ routeKey }) => operations.get(routeKey)?.operation))
    .use(presentProblem)
    .use(fromEdge)
    .handler(around(authority, answer));
  return around(requestTrace, answered);
}

async function answerCall(call: Call): Promise<HttpAnswer> {
  const { route, event } = call;
  const outcome = await perform(call);
  const reply = markCursor(route, event.rawPath, outcome.reply);
  const tag = entityTag(reply);
  return {
    statusCode: route.reply.status,
    headers: {
      'content-type': 'application/json',
      'x-request-id': event.requestContext.requestId,
      'cache-control': 'no-store',
      ...(tag !== undefined && { etag: tag }),
      ...(outcome.replayed && { 'idempotency-replayed': 'true' }),
    },
    ...(call.cookie?.header !== undefined && { cookies: [call.cookie.header] }),
    body: reply === undefined ? '' : JSON.stringify(reply),
  };
}

/** Calls the handler and checks its answer; once under an `Idempotency-Key`. A caller without the right gets no earlier answer either. */
async function perform({ operation, route, handle, event, caller, cookie, request }: Call): Promise<Outcome> {
  if (request === undefined || (caller === undefined && takesToken(route)))
    throw new Error(`${operation} was called without a check of its caller and its request`);
  const present = (reply: unknown) => route.reply.schema.parse(reply);
  const { idempotencyKey: key, query, body } = request;
  if (route.access === 'person' && caller !== undefined) requirePerson(caller);
  const run = async () => handle({ ...request, caller, cookie } as never);
  if (key === undefined || caller === undefined) return { reply: present(await run()), replayed: false };
  const keyed = { key, userId: caller.userId, operation, path: event.rawPath, content: { query, body }, present };
  return once(keyed, () => stillAllowed(caller, route, request), run);
}

/** A stored answer is sent again only to a caller whose role still allows the operation. */
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
