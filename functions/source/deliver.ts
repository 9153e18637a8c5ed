import { Delivery } from '@gantry/core/github/delivery.ts';
import { applyDelivery } from '@gantry/core/github/pushes.ts';
import { reactTo } from '@gantry/runtime/react.ts';

/** The queue `deliveries` → deployments of pushes, and ends of installations. */
export const handler = reactTo(Delivery, applyDelivery);
