import type middy from '@middy/core';
import type { LambdaContext } from '../event.ts';
import { describeError, logLine, millisecondsSince } from '../log.ts';

type Fields = Readonly<Record<string, unknown>>;

interface CallLog<E, A> {
  /** The message of a call that succeeded. */
  readonly done: string;
  /** The message of a call that threw an error. */
  readonly failed: string;
  /** Says which call it is. Runs before other middlewares can change the event. */
  readonly about: (event: E, context: LambdaContext) => Fields;
  /** Says what is known at the end only. */
  readonly outcome?: (event: E, answer: A | null | undefined) => Fields;
}

interface Begun {
  readonly startedAt: number;
  readonly about: Fields;
}

/**
 * Logs each call once, with its duration in milliseconds. An error is logged at level `error`, unless the answer's status is below 500:
 * then the caller made the mistake. Use it before the middlewares whose answers and errors it logs.
 */
export function callLog<E, A>(log: CallLog<E, A>): middy.MiddlewareObj<E, A, Error, LambdaContext> {
  const calls = new WeakMap<object, Begun>();
  const fieldsOf = (request: middy.Request<E, A, Error, LambdaContext>) => {
    const { startedAt, about } = calls.get(request) ?? { startedAt: performance.now(), about: {} };
    return { ...about, ...log.outcome?.(request.event, request.response), ms: millisecondsSince(startedAt) };
  };
  return {
    before(request) {
      calls.set(request, { startedAt: performance.now(), about: log.about(request.event, request.context) });
    },
    after(request) {
      logLine('info', log.done, fieldsOf(request));
    },
    onError(request) {
      const level = statusOf(request.response) < 500 ? 'info' : 'error';
      logLine(level, log.failed, { ...fieldsOf(request), error: describeError(request.error) });
    },
  };
}

function statusOf(answer: unknown): number {
  const hasStatus = typeof answer === 'object' && answer !== null && 'statusCode' in answer;
  return hasStatus ? Number(answer.statusCode) : Number.POSITIVE_INFINITY;
}
