import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { shift } from '@gantry/core/deployments/steps/shift.ts';
import { step } from '@gantry/runtime/step.ts';
import * as z from 'zod';

const Input = StepInput.extend({ place: z.int() });

export const handler = step(Input, (input) => shift(attemptOf(input), input.place));
