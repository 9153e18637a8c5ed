import { rollout } from '@gantry/core/deployments/machine/rollout.ts';
import { step } from '@gantry/runtime/step.ts';
import * as z from 'zod';
import { StepInput } from './input.ts';

const Input = StepInput.extend({ imageDigest: z.string().nullable() });

export const handler = step(Input, ({ deployment, imageDigest }) => rollout(deployment, imageDigest));
