import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { queueBuild } from '@gantry/core/deployments/steps/queue.ts';
import { step } from '@gantry/runtime/step.ts';
import * as z from 'zod';

const Input = StepInput.extend({ taskToken: z.string() });

export const handler = step(Input, (input) => queueBuild(attemptOf(input), input.taskToken));
