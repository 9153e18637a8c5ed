import { joinTrace } from '@gantry/core/kernel/request.ts';
import type middy from '@middy/core';
import * as z from 'zod';
import type { LambdaContext } from '../event.ts';
import type { QueueEvent } from '../queue-event.ts';

const Message = z.object({ detail: z.unknown() });

/** An event may have its name and id, or its execution, and its trace. */
const Known = z
  .object({ id: z.string(), name: z.string(), execution: z.string(), traceId: z.string() })
  .partial()
  .catch({});

/** Reads the detail of an event by its schema, and joins the event's trace. */
export function readEvent(schema: z.ZodType): middy.MiddlewareObj<QueueEvent, boolean, Error, LambdaContext> {
  return {
    before({ event }) {
      event.detail = schema.parse(Message.parse(JSON.parse(event.record.body)).detail);
      const known = Known.parse(event.detail);
      event.known = known;
      joinTrace(known.traceId);
    },
  };
}
