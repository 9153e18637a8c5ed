import { attemptOf, BuiltInput, builtOf } from '@gantry/core/deployments/steps/input.ts';
import { releaseCommand } from '@gantry/core/deployments/steps/release-command.ts';
import { step, watchTime } from '@gantry/runtime/step.ts';

export const handler = step(BuiltInput, (input, context) =>
  releaseCommand(attemptOf(input), builtOf(input), watchTime(context)),
);
