import type middy from '@middy/core';
import type { LambdaContext } from '../event.ts';
import { describeError, logLine, millisecondsSince } from '../log.ts';
import { type CallKind, callMetrics, type Measure } from '../metrics.ts';

type Fields = Readonly<Record<string, unknown>>;

interface CallLog<E, A> {
  /** The name under which calls are counted. */
  readonly kind: CallKind;
  /** The message of a call that succeeded. */
  readonly done: string;
  /** The message of a call that threw an error. */
  readonly failed: string;
  /** Describes the call. Runs before other middlewares can change the event. */
  readonly about: (event: E, context: LambdaContext) => Fields;
  /** Measured beside the call. */
  readonly measures?: (event: E) => Readonly<Record<string, Measure>>;
  /** Fields that are known only at the end. */
  readonly outcome?: (event: E, answer: A | null | undefined) => Fields;
}

interface Begun {
  readonly startedAt: number;
  readonly about: Fields;
  readonly measures: Readonly<Record<string, Measure>>;
}

/**
 * Logs and measures each call once, with its duration in milliseconds. An error is logged at level `error`, unless the answer's status is below 500:
 * then the caller made the mistake. Use it before the middlewares whose answers and errors it logs.
 */
export function callLog<E, A>(log: CallLog<E, A>): middy.MiddlewareObj<E, A, Error, LambdaContext> {
  const calls = new WeakMap<object, Begun>();
  const fieldsOf = (request: middy.Request<E, A, Error, LambdaContext>) => {
    const begun = calls.get(request) ?? { startedAt: performance.now(), about: {}, measures: {} };
    const { startedAt, about, measures } = begun;
    const ms = millisecondsSince(startedAt);
    const measured = callMetrics(log.kind, ms, request.error ?? undefined, measures);
    return { ...about, ...log.outcome?.(request.event, request.response), ms, ...measured };
  };
  return {
    before(request) {
      const about = log.about(request.event, request.context);
      calls.set(request, { startedAt: performance.now(), about, measures: log.measures?.(request.event) ?? {} });
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
