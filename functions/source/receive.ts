import { receiveDelivery } from '@gantry/core/github/webhook.ts';
import { hook } from '@gantry/runtime/hook.ts';

/** What GitHub delivers → the queue `deliveries`. */
export const handler = hook({ '/webhooks/github': receiveDelivery });
