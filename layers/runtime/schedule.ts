import middy from '@middy/core';
import type { LambdaContext } from './event.ts';
import { callLog } from './middleware/call-log.ts';

/** A function needs this time to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 15_000;

/**
 * The Lambda handler of a schedule. `run` gets the time at which it should stop, in milliseconds since 1970; the next invocation continues from
 * there. Its error is logged and fails the invocation, so that the function's alarm reaches the operator.
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
