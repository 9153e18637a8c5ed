import { forget } from '@gantry/core/databases/steps/forget.ts';
import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => forget(target));
