import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { provision } from '@gantry/core/databases/steps/provision.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => provision(target));
