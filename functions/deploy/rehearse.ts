import { attemptOf, BuiltInput, builtOf } from '@gantry/core/deployments/steps/input.ts';
import { rehearse } from '@gantry/core/deployments/steps/rehearse.ts';
import { step, watchTime } from '@gantry/runtime/step.ts';

export const handler = step(BuiltInput, (input, context) =>
  rehearse(attemptOf(input), builtOf(input), watchTime(context)),
);
