import { AsyncLocalStorage } from 'node:async_hooks';

/** The caller and the request of the present work. */
interface Origin {
  /** The id of the present request; undefined in steps, consumers and schedules. */
  readonly requestId: string | undefined;
  traceId: string | undefined;
}

const origins = new AsyncLocalStorage<Origin>();

/** Runs `work` for a request: audit rows of its commits have the request's id, and its events have the trace. */
export function onBehalfOf<T>(request: { readonly requestId: string; readonly traceId: string }, work: () => T): T {
  return origins.run({ ...request }, work);
}

/** Runs `work` in a trace, if there is one: its log lines and events carry the trace's id. */
export function underTrace<T>(traceId: string | undefined, work: () => T): T {
  return origins.run({ requestId: undefined, traceId }, work);
}

/** Puts the present work into a trace that began earlier. */
export function joinTrace(traceId: string | undefined): void {
  const origin = origins.getStore();
  if (origin !== undefined) origin.traceId = traceId;
}

/** The id of the present request; undefined in steps, consumers and schedules. */
export function currentRequestId(): string | undefined {
  return origins.getStore()?.requestId;
}

/** The id of the present trace; undefined without one. */
export function currentTraceId(): string | undefined {
  return origins.getStore()?.traceId;
}
