import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf something is done. */
interface Origin {
  /** Of the request that is being answered; undefined in steps, consumers and schedules. */
  readonly requestId: string | undefined;
  traceId: string | undefined;
}

const origins = new AsyncLocalStorage<Origin>();

/** Runs `work` on behalf of a request, whose id the audit rows of all that it commits then carry, and whose trace its events. */
export function onBehalfOf<T>(request: { readonly requestId: string; readonly traceId: string }, work: () => T): T {
  return origins.run({ ...request }, work);
}

/** Runs `work` as a part of a trace, where there is one: what it logs and the events that it commits carry its id. */
export function underTrace<T>(traceId: string | undefined, work: () => T): T {
  return origins.run({ requestId: undefined, traceId }, work);
}

/** Says that what is being done belongs to a trace that began earlier. */
export function joinTrace(traceId: string | undefined): void {
  const origin = origins.getStore();
  if (origin !== undefined) origin.traceId = traceId;
}

/** The id of the request that is being answered; undefined in steps, consumers and schedules. */
export function currentRequestId(): string | undefined {
  return origins.getStore()?.requestId;
}

/** The id of the trace that is being gone on with; undefined where there is none. */
export function currentTraceId(): string | undefined {
  return origins.getStore()?.traceId;
}
