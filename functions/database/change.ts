import { change } from '@gantry/core/databases/steps/change.ts';
import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => change(target));
