import { StepInput } from '@gantry/core/deployments/machine/input.ts';
import { shift } from '@gantry/core/deployments/machine/shift.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ deployment }) => shift(deployment));
