import { EventEnvelope } from '@gantry/contract/events.ts';
import { DeliveryRequest } from '@gantry/core/notifications/deliver.ts';
import { notify } from '@gantry/core/notifications/notify.ts';
import { reactTo } from '@gantry/runtime/react.ts';
import * as z from 'zod';

/** An event that channels are told of, or an attempt that is due → a request to a receiver. */
export const handler = reactTo(z.union([EventEnvelope, DeliveryRequest]), notify);
