import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { verify } from '@gantry/core/deployments/steps/verify.ts';
import { step, watchTime } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, (input, context) => verify(attemptOf(input), watchTime(context)));
