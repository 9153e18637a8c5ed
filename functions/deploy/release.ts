import { attemptOf, BuiltInput } from '@gantry/core/deployments/machine/input.ts';
import { releaseCommand } from '@gantry/core/deployments/machine/releaseCommand.ts';
import { step, watchTime } from '@gantry/runtime/step.ts';

export const handler = step(BuiltInput, (input, context) =>
  releaseCommand(attemptOf(input), input.imageDigest, watchTime(context)),
);
