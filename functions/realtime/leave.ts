import { eventData } from '@gantry/contract/events.ts';
import { endSubscriptions } from '@gantry/core/realtime/leaving.ts';
import { react } from '@gantry/runtime/react.ts';

/** A member is removed, or their role changed → their subscriptions of that team end. */
export const handler = react((envelope) =>
  endSubscriptions(eventData(envelope.name === 'member.changed' ? envelope.name : 'member.removed', envelope)),
);
