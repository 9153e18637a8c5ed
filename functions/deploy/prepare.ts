import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { prepare } from '@gantry/core/deployments/steps/prepare.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, (input) => prepare(attemptOf(input)));
