import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { inspect } from '@gantry/core/databases/steps/inspect.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => inspect(target));
