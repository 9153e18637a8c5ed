import { stopDeployments } from '@gantry/core/deletion/stop-deployments.ts';
import { StepInput } from '@gantry/core/deletion/target.ts';
import { step } from '@gantry/runtime/step.ts';

export const handler = step(StepInput, ({ target }) => stopDeployments(target));
