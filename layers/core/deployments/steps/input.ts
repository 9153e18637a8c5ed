import { idSchema } from '@gantry/contract/ids.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import { BuildReport } from '@gantry/wiring/build.ts';
import * as z from 'zod';
import type { Attempt, Built } from '../progress.ts';

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

/**
 * What the first step after the build is given besides, null where none was built in this run: the image, and the build's report as JSON, which an
 * execution that began before December 2026 does not hand on.
 */
export const BuiltInput = StepInput.extend({ imageDigest: z.string().nullable(), plan: z.string().nullish() });

/** What a build left, from the input of a step behind it. A report that is none is left out: it has no bearing on the image. */
export function builtOf({ imageDigest, plan }: z.infer<typeof BuiltInput>): Built | undefined {
  if (imageDigest === null) return undefined;
  const report = BuildReport.safeParse(jsonOf(plan ?? 'null')).data;
  return { imageDigest, ...(report && { report }) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An invocation of a step, from its input. */
export function attemptOf({ deployment, attempt }: z.infer<typeof StepInput>): Attempt {
  return { ...deployment, attempt };
}
