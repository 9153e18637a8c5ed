import { attemptOf, StepInput } from '@gantry/core/deployments/machine/input.ts';
import { verify } from '@gantry/core/deployments/machine/verify.ts';
import { step } from '@gantry/runtime/step.ts';

/** What the step needs after the watch to answer before Lambda ends it, in milliseconds. */
const RESERVE_MS = 10_000;

export const handler = step(StepInput, (input, context) =>
  verify(attemptOf(input), context.getRemainingTimeInMillis() - RESERVE_MS),
);
