import { errorKinds } from '@gantry/contract/errors.ts';
import { exampleOf } from '@gantry/contract/example.ts';
import { errorsOf } from '@gantry/contract/openapi.ts';
import { PAGE_HEADER, type Route, type RouteReply } from '@gantry/contract/route.ts';
import { type OperationId, routes } from '@gantry/contract/routes.ts';
import { Problem } from '@gantry/contract/schemas/common.ts';
import { patience } from '../patience.ts';

/** Every route of the contract by its operation. */
export const declared = Object.entries(routes) as [OperationId, Route][];

/** A request to a route; a text in `body` is sent unchanged. */
export interface Request {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** An access token; null for none. */
  readonly token?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly problem: Problem | undefined;
}

export interface Api {
  readonly url: string;
  /** Sends a request and checks any answer against the contract. */
  send(operation: OperationId, request: Request): Promise<Answer>;
  /** Sends a request and expects success. */
  done<O extends OperationId>(operation: O, request: Request): Promise<RouteReply<(typeof routes)[O]>>;
}

const TIMEOUT_MS = 30_000;

export function apiOf(url: string, token: string): Api {
  async function send(operation: OperationId, request: Request): Promise<Answer> {
    const route: Route = routes[operation];
    const address = `${url}${pathOf(route, request.params ?? {})}${queryOf(request.query)}`;
    const { body } = request;
    const bearer = request.token === undefined ? token : request.token;
    const response = await fetch(address, {
      method: route.method,
      headers: {
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(route.access === 'page' && { origin: url, [PAGE_HEADER]: '1' }),
        ...request.headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(patience(TIMEOUT_MS)),
    });
    return checked(operation, route, response);
  }

  return {
    url,
    send,
    async done(operation, request) {
      const answer = await send(operation, request);
      if (answer.problem) throw new Error(`${operation}: ${answer.status} ${answer.problem.detail}`);
      return answer.body as never;
    },
  };
}

/** Every call of every test fails if the answer breaks the contract. */
async function checked(operation: OperationId, route: Route, response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const complain = (what: string) => new Error(`${operation} answered ${status} ${what}: ${text.slice(0, 500)}`);
  if (headers.get('x-request-id') === null) throw complain('without a request id');
  if (response.ok) {
    if (status !== route.reply.status) throw complain('which it does not declare');
    const reply = route.reply.schema.safeParse(body);
    if (!reply.success) throw complain(`that does not fit its schema (${reply.error.message})`);
    return { status, headers, body, problem: undefined };
  }
  const problem = Problem.safeParse(body);
  if (!problem.success) throw complain('that is not a problem');
  if (!errorsOf(route).some((kind) => kind === problem.data.kind && errorKinds[kind].status === status)) {
    throw complain('which it does not declare');
  }
  const { detail } = problem.data;
  if (NOT_FOR_PEOPLE.test(detail)) throw complain('in words that are not for people');
  return { status, headers, body, problem: problem.data };
}

/** A field's place in JSON, an id of a named record, or zod's own words: a sentence for people has none of them. */
const NOT_FOR_PEOPLE =
  /\b(?:body|query|params|header)\.\w|(?<!such as |look like )\b(?:prj|svc|env|team|usr)_[0-9A-HJKMNP-TV-Z]{26}|\b(?:expected|received) (?:string|number|array|object)\b|[<>]=/;

function pathOf(route: Route, params: Readonly<Record<string, string>>): string {
  return route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

function queryOf(query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return text && `?${text}`;
}

/** A valid request to a route, from the examples of its schemas. */
export function exampleRequest(route: Route): { params: Record<string, string>; body?: unknown } {
  const params = route.params === undefined ? {} : (exampleOf(route.params, 'input') as Record<string, string>);
  return { params, ...(route.body && { body: exampleOf(route.body, 'input') }) };
}
