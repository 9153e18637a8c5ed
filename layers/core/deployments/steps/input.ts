import { idSchema } from '@gantry/contract/ids.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import { BuildReport } from '@gantry/wiring/build.ts';
import * as z from 'zod';
import type { Attempt, Built } from '../progress.ts';

/** The input of every step of machine `deploy`: statemachines/deploy.ts. */
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
 * The further input of the first step after the build, null when this run built nothing: the image, and the build's report as JSON. An execution from
 * before December 2026 does not pass the report on.
 */
export const BuiltInput = StepInput.extend({ imageDigest: z.string().nullable(), plan: z.string().nullish() });

/** The result of the build, from the input of a later step. A malformed report is dropped, because the image does not depend on it. */
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
