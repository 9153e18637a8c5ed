import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { ready } from '@gantry/core/databases/steps/ready.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => ready(target));
