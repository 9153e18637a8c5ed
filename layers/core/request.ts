import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<string>();

/** Runs `work` on behalf of a request, whose id the audit rows of all that it commits then carry. */
export function onBehalfOf<T>(requestId: string, work: () => T): T {
  return requests.run(requestId, work);
}

/** The id of the request that is being answered; undefined in steps, consumers and schedules. */
export function currentRequestId(): string | undefined {
  return requests.getStore();
}
