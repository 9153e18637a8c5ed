import { StepInput } from '@gantry/core/databases/steps/input.ts';
import { network } from '@gantry/core/databases/steps/network.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => network(target));
