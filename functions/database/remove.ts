import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { remove } from '@gantry/core/databases/steps/remove.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => remove(target));
