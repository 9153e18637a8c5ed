import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { shift } from '@gantry/core/deployments/steps/shift.ts';
import { step } from '@gantry/runtime/step.ts';
import * as z from 'zod';

/** An execution from before December 2026 does not say how long it has waited. */
const Input = StepInput.extend({ place: z.int(), bakedSeconds: z.int().default(0) });

export const handler = step(Input, (input) => shift(attemptOf(input), input.place, input.bakedSeconds));
