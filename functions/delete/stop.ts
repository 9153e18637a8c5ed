import { stop } from '@gantry/core/projects/machine/stop.ts';
import { StepInput } from '@gantry/core/projects/machine/target.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => stop(target));
