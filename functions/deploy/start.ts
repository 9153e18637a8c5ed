import { eventData } from '@gantry/contract/events.ts';
import { startDeployment } from '@gantry/core/deployments/start.ts';
import { react } from '@gantry/runtime/react.ts';

/** `deployment.queued` → an execution of machine `deploy`. */
export const handler = react(async (envelope) => {
  await startDeployment(await eventData('deployment.queued', envelope));
});
