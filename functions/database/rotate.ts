import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { rotate } from '@gantry/core/databases/steps/rotate.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => rotate(target));
