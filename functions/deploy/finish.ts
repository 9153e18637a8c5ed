import { finish } from '@gantry/core/deployments/steps/finish.ts';
import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, (input) => finish(attemptOf(input)));
