import { receiveDelivery } from '@gantry/core/github/webhook.ts';
import { hook } from '@gantry/runtime/hook.ts';

/** Deliveries from GitHub → the queue `deliveries`. */
export const handler = hook({ '/webhooks/github': receiveDelivery });
