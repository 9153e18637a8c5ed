import { prepare } from '@gantry/core/deployments/machine/prepare.ts';
import { step } from '@gantry/runtime/step.ts';
import { StepInput } from './input.ts';

export const handler = step(StepInput, ({ deployment }) => prepare(deployment));
