import { GantryError } from '@gantry/contract/errors.ts';

/** The name of an AWS SDK error, e.g. `ConditionalCheckFailedException`; empty for anything else. */
export function awsErrorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** Runs a call to AWS, and turns throttling and outages that outlast the SDK's own retries into `Unavailable`. */
export async function available<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isTransient(error))
      throw new GantryError('Unavailable', `${what} is not available right now. Try again.`, [], { cause: error });
    throw error;
  }
}

/** ElectroDB's error has the SDK's error as its cause. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof GantryError) return false;
  if (
    /Throttl|TooManyRequests|ProvisionedThroughputExceeded|LimitExceeded|ServiceUnavailable|TimeoutError/.test(
      error.name,
    )
  )
    return true;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return (status !== undefined && status >= 500) || isTransient(error.cause);
}
