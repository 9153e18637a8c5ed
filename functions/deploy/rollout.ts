import { attemptOf, BuiltInput, builtOf } from '@gantry/core/deployments/steps/input.ts';
import { rollout } from '@gantry/core/deployments/steps/rollout.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(BuiltInput, (input) => rollout(attemptOf(input), builtOf(input)));
