import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kernel } from '../../kernel/kernel.ts';
import type { FunctionInvoker } from '../../kernel/ports.ts';
import { type Api, integrationOf } from './api.ts';
import { preflight, withCors } from './cors.ts';
import { gatewayAnswer, type HttpAnswer, httpAnswer } from './http-answer.ts';
import { httpEvent } from './http-event.ts';
import { integrate } from './invocation.ts';
import { matchRoute } from './route.ts';
import { createThrottle } from './throttle.ts';

/** The largest request body, in bytes (API Gateway quotas: 10 MB). */
const MAX_BODY = 10_485_760;

type Added = Readonly<Record<string, string>>;

/** Answers requests to an HTTP API. Made once the API is declared. */
export function createHttpHandler(kernel: Kernel, lambda: FunctionInvoker, api: Api) {
  const admits = createThrottle(api.stage?.throttle);

  const answer = async (request: IncomingMessage, url: URL, requestId: string, added?: Added): Promise<HttpAnswer> => {
    const body = await readBody(request);
    if (body === undefined) return gatewayAnswer(413, 'Request Entity Too Large');
    if (!admits()) return gatewayAnswer(429, 'Too Many Requests');
    const match = matchRoute(api.routes.keys(), request.method ?? 'GET', url.pathname);
    const integration = match === undefined ? undefined : integrationOf(api, match.routeKey);
    if (api.stage === undefined || match === undefined || integration === undefined)
      return gatewayAnswer(404, 'Not Found');
    const event = httpEvent({
      apiId: api.id,
      stage: api.stage.name,
      requestId,
      match,
      request,
      url,
      body,
      now: new Date(),
      added,
    });
    const route = sourceRoute(match.routeKey, request.method ?? 'GET');
    const result = await integrate(kernel, lambda, api, integration, route, event);
    const shaped = result.ok ? httpAnswer(result.payload) : undefined;
    if (shaped !== undefined) return shaped;
    const busy = !result.ok && result.status === 503;
    return busy ? gatewayAnswer(503, 'Service Unavailable') : gatewayAnswer(500, 'Internal Server Error');
  };

  return async (request: IncomingMessage, response: ServerResponse, url: URL, added?: Added): Promise<void> => {
    kernel.meter.count('apigateway.requests');
    const requestId = randomUUID();
    const { body, headers, status } =
      preflight(api.cors, request) ??
      withCors(api.cors, request.headers.origin, await answer(request, url, requestId, added));
    const dimensions = { ApiId: api.id };
    kernel.metrics?.record({ namespace: 'AWS/ApiGateway', name: 'Count', dimensions, value: 1 });
    kernel.metrics?.record({ namespace: 'AWS/ApiGateway', name: '5xx', dimensions, value: status >= 500 ? 1 : 0 });
    response.statusCode = status;
    for (const [name, value] of headers) response.appendHeader(name, value);
    response.setHeader('apigw-requestid', requestId);
    if (status !== 204 && status !== 304) response.setHeader('content-length', body.length);
    response.end(request.method === 'HEAD' || status === 204 || status === 304 ? undefined : body);
  };
}

/** A route's place in the ARN of the call: its own path, and the method that was used. */
function sourceRoute(routeKey: string, method: string): string {
  const [, path] = routeKey.split(' ');
  return path === undefined ? routeKey : `${method}${path}`;
}

/** The whole body; undefined for a too large one, whose rest is read and dropped, so that the client gets the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
    else if (size > 4 * MAX_BODY) request.destroy();
  }
  return size <= MAX_BODY ? Buffer.concat(chunks) : undefined;
}
