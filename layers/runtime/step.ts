import { GantryError } from '@gantry/contract/errors.ts';
import type { z } from 'zod';
import type { LambdaContext } from './event.ts';
import { describeError, logLine } from './log.ts';

/**
 * The Lambda handler of one step of a state machine: checks its input and turns what core throws into an ASL error whose name is the
 * kind and whose message is `{ detail, lines }` as JSON.
 */
export function step<S extends z.ZodType, O>(
  input: S,
  run: (input: z.output<S>, context: LambdaContext) => Promise<O>,
): (event: unknown, context: LambdaContext) => Promise<O | Record<string, never>> {
  return async (event, context) => {
    try {
      return (await run(input.parse(event), context)) ?? {};
    } catch (error) {
      logLine('error', 'step failed', { requestId: context.awsRequestId, ...describeError(error) });
      throw new StepError(error);
    }
  };
}

class StepError extends Error {
  constructor(cause: unknown) {
    const known = cause instanceof GantryError ? cause : undefined;
    const detail =
      known?.message ??
      'Something went wrong on our side. Deploy again; if it stays, ask an operator to look at the logs.';
    super(JSON.stringify({ detail, lines: known?.lines ?? [] }));
    this.name = known?.kind ?? 'Internal';
  }
}
