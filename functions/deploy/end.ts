import { eventData } from '@gantry/contract/events.ts';
import { afterEnd } from '@gantry/core/deployments/ending.ts';
import { react } from '@gantry/runtime/react.ts';

/** `deployment.finished` → machines stop, what is left in the cluster goes, and releases and images that nobody returns to. */
export const handler = react((envelope) => afterEnd(eventData('deployment.finished', envelope)));
