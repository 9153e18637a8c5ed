import { idSchema } from '@gantry/contract/ids.ts';
import * as z from 'zod';

/** What every step of machine `deploy` is given: statemachines/deploy/deploy.asl.json. */
export const StepInput = z.object({
  deployment: z.object({
    deploymentId: idSchema('deployment'),
    serviceId: idSchema('service'),
    environmentId: idSchema('environment'),
    teamId: idSchema('team'),
    projectId: idSchema('project'),
  }),
});
