import { Failure } from '@gantry/core/deployments/steps/failure.ts';
import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { revert } from '@gantry/core/deployments/steps/revert.ts';
import { step } from '@gantry/runtime/step.ts';

const Input = StepInput.extend({ failure: Failure });

export const handler = step(Input, (input) => revert(attemptOf(input), input.failure));
