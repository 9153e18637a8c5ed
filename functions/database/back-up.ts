import { backUp } from '@gantry/core/databases/steps/back-up.ts';
import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => backUp(target));
