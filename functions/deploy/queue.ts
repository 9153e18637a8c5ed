import { takeTurn } from '@gantry/core/deployments/builds/turns.ts';
import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { step } from '@gantry/runtime/step.ts';
import * as z from 'zod';

const Input = StepInput.extend({ taskToken: z.string() });

export const handler = step(Input, (input) => takeTurn(attemptOf(input), input.taskToken));
