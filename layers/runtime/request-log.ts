import type middy from '@middy/core';
import type { HttpAnswer, HttpEvent } from './event.ts';
import { describeError, logLine, millisecondsSince } from './log.ts';
import { problemAnswer } from './problem.ts';

/** Logs each request once, with its route and how long it took, and presents what was thrown as a problem. */
export function requestLog(
  operationOf: (event: HttpEvent) => string | undefined,
): middy.MiddlewareObj<HttpEvent, HttpAnswer> {
  const startedAt = new WeakMap<object, number>();
  const fieldsOf = (event: HttpEvent, status: number | undefined) => ({
    requestId: event.requestContext.requestId,
    method: event.requestContext.http.method,
    path: event.requestContext.http.path,
    route: operationOf(event),
    status,
    ms: millisecondsSince(startedAt.get(event) ?? performance.now()),
  });
  return {
    before({ event }) {
      startedAt.set(event, performance.now());
    },
    after({ event, response }) {
      logLine('info', 'request', fieldsOf(event, response?.statusCode));
    },
    onError(request) {
      const { event, error } = request;
      const answer = problemAnswer(error, event.requestContext.requestId);
      const level = answer.statusCode >= 500 ? 'error' : 'info';
      logLine(level, 'request failed', { ...fieldsOf(event, answer.statusCode), error: describeError(error) });
      request.response = answer;
    },
  };
}
