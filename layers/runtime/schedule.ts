import type { LambdaContext } from './event.ts';
import { describeError, logLine, millisecondsSince } from './log.ts';

/** What a function needs to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 15_000;

/**
 * The Lambda handler of a schedule. `run` gets the instant, in milliseconds since 1970, by which it should stop: the next time goes on
 * from there. What it throws is logged and fails the invocation, so that the function's alarm tells the operator.
 */
export function schedule(run: (deadline: number) => Promise<void>) {
  return async (_event: unknown, context: LambdaContext): Promise<void> => {
    const startedAt = performance.now();
    const fields = () => ({ requestId: context.awsRequestId, ms: millisecondsSince(startedAt) });
    try {
      await run(Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS);
      logLine('info', 'schedule done', fields());
    } catch (error) {
      logLine('error', 'schedule failed', { ...fields(), error: describeError(error) });
      throw error;
    }
  };
}
