import { eventData } from '@gantry/contract/events.ts';
import { stopEnded } from '@gantry/core/deployments/stop.ts';
import { react } from '@gantry/runtime/react.ts';

/** `deployment.finished` → the machine of one that was superseded or cancelled stops, and what it left goes. */
export const handler = react((envelope) => stopEnded(eventData('deployment.finished', envelope)));
