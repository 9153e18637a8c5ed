import middy from '@middy/core';
import * as z from 'zod';
import type { LambdaContext } from './event.ts';
import { around, type Handler } from './middleware/around.ts';
import { callLog } from './middleware/call-log.ts';
import { readInput } from './middleware/read-input.ts';
import { stepError } from './middleware/step-error.ts';
import { stepTrace } from './middleware/trace.ts';

/**
 * The Lambda handler of one step of a state machine. It checks its input and turns core's error into an ASL error: the name is the kind, and the
 * message is `{ detail, lines }` as JSON.
 */
export function step<S extends z.ZodType, O>(
  input: S,
  run: (input: z.output<S>, context: LambdaContext) => Promise<O>,
): Handler<unknown, O | Record<string, never>> {
  const answered = middy<unknown, O | Record<string, never>, Error, LambdaContext>()
    .use(stepError)
    .use(stepLog)
    .use(readInput(input))
    .handler(async (event, context) => (await run(event as z.output<S>, context)) ?? {});
  return around(stepTrace, answered);
}

/** Every machine tells its steps their own name. */
const Named = z.object({ step: z.string() });

const stepLog = callLog<unknown, unknown>({
  kind: 'step',
  done: 'step done',
  failed: 'step failed',
  about: (event, { awsRequestId }) => ({ step: Named.safeParse(event).data?.step, requestId: awsRequestId }),
});

/** A step needs this time after a watch to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 10_000;

/** How long a step may watch something, in milliseconds. */
export function watchTime(context: LambdaContext): number {
  return context.getRemainingTimeInMillis() - RESERVE_MS;
}
