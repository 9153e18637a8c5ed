import { GantryError } from '@gantry/contract/errors.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import { underTrace } from '@gantry/core/kernel/request.ts';
import * as z from 'zod';
import type { LambdaContext } from './event.ts';
import { describeError, logLine, millisecondsSince } from './log.ts';

const Traced = z.object({ traceId: TraceId.optional() });

/** What every machine hands to its steps: which one it is, and what it is about with the trace of that. */
const Payload = z.object({ step: z.string(), deployment: Traced.optional(), target: Traced.optional() });

/**
 * The Lambda handler of one step of a state machine: checks its input and turns what core throws into an ASL error whose name is the
 * kind and whose message is `{ detail, lines }` as JSON.
 */
export function step<S extends z.ZodType, O>(
  input: S,
  run: (input: z.output<S>, context: LambdaContext) => Promise<O>,
): (event: unknown, context: LambdaContext) => Promise<O | Record<string, never>> {
  return (event, context) => {
    const { step: name, deployment, target } = Payload.safeParse(event).data ?? {};
    return underTrace(deployment?.traceId ?? target?.traceId, async () => {
      const startedAt = performance.now();
      const fields = () => ({ step: name, requestId: context.awsRequestId, ms: millisecondsSince(startedAt) });
      try {
        const output = (await run(input.parse(event), context)) ?? {};
        logLine('info', 'step done', fields());
        return output;
      } catch (error) {
        logLine('error', 'step failed', { ...fields(), error: describeError(error) });
        throw new StepError(error);
      }
    });
  };
}

/** What a step needs after it has watched something, to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 10_000;

/** How long a step may watch something, in milliseconds. */
export function watchTime(context: LambdaContext): number {
  return context.getRemainingTimeInMillis() - RESERVE_MS;
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
