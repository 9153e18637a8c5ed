import { eventData } from '@gantry/contract/events.ts';
import { endConnections, endSubscriptions } from '@gantry/core/realtime/leaving.ts';
import { react } from '@gantry/runtime/react.ts';

/** A member is removed, or their role changed → their subscriptions of that team end. Somebody signs out → their connections end. */
export const handler = react(async (envelope) => {
  const { name } = envelope;
  if (name === 'session.ended') return endConnections(await eventData(name, envelope));
  return endSubscriptions(await eventData(name === 'member.changed' ? name : 'member.removed', envelope));
});
