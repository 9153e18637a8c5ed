import { eventData } from '@gantry/contract/events.ts';
import { endSubscriptions } from '@gantry/core/realtime/leaving.ts';
import { react } from '@gantry/runtime/react.ts';

/** `member.removed` → the member's subscriptions of that team end. */
export const handler = react((envelope) => endSubscriptions(eventData('member.removed', envelope)));
