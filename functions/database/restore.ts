import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { restore } from '@gantry/core/databases/steps/restore.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => restore(target));
