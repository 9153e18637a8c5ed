import * as z from 'zod';
import { StepInput } from './input.ts';

/** Ends of an execution that a deployment may not know of. A machine that fails by itself reverts first. */
export const endings = ['FAILED', 'TIMED_OUT', 'ABORTED'] as const;

/**
 * An ended execution of machine `deploy`, read from Step Functions' event. Its input names the deployment and is always short enough to be in the
 * event. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export const ExecutionEnd = z
  .object({
    name: z.string(),
    status: z.enum(endings),
    /** Milliseconds since 1970. */
    stopDate: z.number(),
    input: z.string(),
  })
  .transform(({ name, status, stopDate, input }) => ({
    ...StepInput.shape.deployment.parse(JSON.parse(input)),
    execution: name,
    status,
    stoppedAt: stopDate,
  }));
export type ExecutionEnd = z.infer<typeof ExecutionEnd>;
