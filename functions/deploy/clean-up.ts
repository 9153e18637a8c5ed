import { eventData } from '@gantry/contract/events.ts';
import { cleanUp } from '@gantry/core/deployments/cleanup/clean-up.ts';
import { tidy } from '@gantry/core/deployments/cleanup/tidy.ts';
import { react } from '@gantry/runtime/react.ts';

/** `deployment.finished` → machines stop, what is left in the cluster goes, and releases and images that nobody returns to; `service.stopped` → what ran is stopped. */
export const handler = react((envelope) =>
  envelope.name === 'service.stopped'
    ? tidy(eventData('service.stopped', envelope))
    : cleanUp(eventData('deployment.finished', envelope)),
);
