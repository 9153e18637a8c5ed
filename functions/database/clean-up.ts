import { cleanUp, FailedInput } from '@gantry/core/databases/steps/clean-up.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(FailedInput, ({ target, failure }) => cleanUp(target, failure));
