import middy from '@middy/core';
import type { LambdaContext } from './event.ts';
import { callLog } from './middleware/call-log.ts';

/** A function needs this time to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 15_000;

/**
 * The Lambda handler of a schedule. `run` gets the instant, in milliseconds since 1970, by which it should stop: the next time goes on
 * from there. What it throws is logged and fails the invocation, so that the function's alarm tells the operator.
 */
export function schedule(run: (deadline: number) => Promise<void>) {
  return middy<unknown, void, Error, LambdaContext>()
    .use(scheduleLog)
    .handler((_event, context) => run(Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS));
}

const scheduleLog = callLog<unknown, void>({
  kind: 'schedule',
  done: 'schedule done',
  failed: 'schedule failed',
  about: (_event, { awsRequestId }) => ({ requestId: awsRequestId }),
});
