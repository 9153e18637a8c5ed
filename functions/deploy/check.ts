import { check } from '@gantry/core/deployments/steps/check.ts';
import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, (input) => check(attemptOf(input)));
