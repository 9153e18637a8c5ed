import { fetchCommit } from '@gantry/core/deployments/steps/fetch.ts';
import { attemptOf, StepInput } from '@gantry/core/deployments/steps/input.ts';
import { step, watchTime } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, (input, context) => fetchCommit(attemptOf(input), watchTime(context)));
