import { idSchema } from '@gantry/contract/ids.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import * as z from 'zod';
import type { Attempt } from '../progress.ts';

/** What every step of machine `deploy` is given: statemachines/deploy.ts. */
export const StepInput = z.object({
  deployment: z.object({
    deploymentId: idSchema('deployment'),
    serviceId: idSchema('service'),
    environmentId: idSchema('environment'),
    teamId: idSchema('team'),
    projectId: idSchema('project'),
    generation: z.int(),
    traceId: TraceId,
  }),
  attempt: z.int(),
});

/** What the first step after the build is given besides: the image, null where none was built in this run. */
export const BuiltInput = StepInput.extend({ imageDigest: z.string().nullable() });

/** An invocation of a step, from its input. */
export function attemptOf({ deployment, attempt }: z.infer<typeof StepInput>): Attempt {
  return { ...deployment, attempt };
}
