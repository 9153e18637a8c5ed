import { newTraceId, TraceId, traceIdOf } from '@gantry/contract/trace.ts';
import { onBehalfOf, underTrace } from '@gantry/core/kernel/request.ts';
import * as z from 'zod';
import type { HttpEvent } from '../event.ts';

const Traced = z.object({ traceId: TraceId.optional() });

/** Every machine passes its subject, with the trace, to its steps. */
const Payload = z.object({ deployment: Traced.optional(), target: Traced.optional() });

/** Wraps an API request: it continues the caller's trace, or starts one. */
export function requestTrace<A>(event: HttpEvent, rest: () => Promise<A>): Promise<A> {
  const traceId = traceIdOf(event.headers.traceparent) ?? newTraceId();
  return onBehalfOf({ requestId: event.requestContext.requestId, traceId }, rest);
}

/** Wraps a delivery of another service: it always starts a trace. */
export function deliveryTrace<A>({ requestContext }: HttpEvent, rest: () => Promise<A>): Promise<A> {
  return onBehalfOf({ requestId: requestContext.requestId, traceId: newTraceId() }, rest);
}

/** Wraps a step of a machine: it continues the trace of the machine's subject. */
export function stepTrace<A>(event: unknown, rest: () => Promise<A>): Promise<A> {
  const { deployment, target } = Payload.safeParse(event).data ?? {};
  return underTrace(deployment?.traceId ?? target?.traceId, rest);
}

/** Wraps an event of a queue: `readEvent` joins the event's trace once it is parsed. */
export function eventTrace<A>(_event: unknown, rest: () => Promise<A>): Promise<A> {
  return underTrace(undefined, rest);
}
