import { attemptOf, StepInput } from '@gantry/core/deployments/machine/input.ts';
import { releaseCommand } from '@gantry/core/deployments/machine/releaseCommand.ts';
import { step } from '@gantry/runtime/step.ts';
import * as z from 'zod';

/** What the step needs after the watch to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 10_000;

const Input = StepInput.extend({ imageDigest: z.string().nullable() });

export const handler = step(Input, (input, context) =>
  releaseCommand(attemptOf(input), input.imageDigest, context.getRemainingTimeInMillis() - RESERVE_MS),
);
