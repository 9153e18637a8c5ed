import { finish } from '@gantry/core/deployments/machine/finish.ts';
import { step } from '@gantry/runtime/step.ts';
import { StepInput } from './input.ts';

export const handler = step(StepInput, ({ deployment }) => finish(deployment));
