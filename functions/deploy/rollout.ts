import { attemptOf, StepInput } from '@gantry/core/deployments/machine/input.ts';
import { rollout } from '@gantry/core/deployments/machine/rollout.ts';
import { step } from '@gantry/runtime/step.ts';
import * as z from 'zod';

const Input = StepInput.extend({ imageDigest: z.string().nullable() });

export const handler = step(Input, (input) => rollout(attemptOf(input), input.imageDigest));
