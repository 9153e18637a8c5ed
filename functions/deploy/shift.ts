import { shift } from '@gantry/core/deployments/machine/shift.ts';
import { step } from '@gantry/runtime/step.ts';
import { StepInput } from './input.ts';

export const handler = step(StepInput, ({ deployment }) => shift(deployment));
