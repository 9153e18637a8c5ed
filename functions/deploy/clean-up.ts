import { eventData } from '@gantry/contract/events.ts';
import { cleanUp } from '@gantry/core/deployments/cleanup/clean-up.ts';
import { tidy } from '@gantry/core/deployments/cleanup/tidy.ts';
import { react } from '@gantry/runtime/react.ts';

/**
 * `deployment.finished` → machines stop; leftovers in the cluster, and releases and images beyond those we keep, are deleted. `service.stopped` → its
 * workloads stop.
 */
export const handler = react(async (envelope) =>
  envelope.name === 'service.stopped'
    ? tidy(await eventData('service.stopped', envelope))
    : cleanUp(await eventData('deployment.finished', envelope)),
);
