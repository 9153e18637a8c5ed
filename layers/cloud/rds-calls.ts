import { RDSClient } from '@aws-sdk/client-rds';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

/** RDS answers a creation after some seconds. */
export const rds = new RDSClient({
  ...clientDefaults,
  requestHandler: { ...clientDefaults.requestHandler, requestTimeout: 20_000 },
});

/** What RDS never takes, however often: its own words say why, and people read them. */
const REFUSALS: Readonly<Record<string, ErrorKind>> = {
  InvalidParameterCombination: 'Invalid',
  InvalidParameterValue: 'Invalid',
  DBClusterQuotaExceededFault: 'QuotaExceeded',
  // The SDK names these by their code and `Fault`.
  InstanceQuotaExceededFault: 'QuotaExceeded',
  StorageQuotaExceededFault: 'QuotaExceeded',
  SnapshotQuotaExceededFault: 'QuotaExceeded',
  InvalidRestoreFault: 'Invalid',
  DBClusterSnapshotNotFoundFault: 'Conflict',
  DBClusterNotFoundFault: 'Conflict',
  // Something else is being done to it, which ends.
  InvalidDBClusterStateFault: 'Unavailable',
  InvalidDBClusterSnapshotStateFault: 'Unavailable',
  InvalidResourceStateFault: 'Unavailable',
};

/** The result of a call. An error that people can act on keeps RDS's own words. */
export async function ask<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await available('Amazon RDS', call);
  } catch (error) {
    const kind = REFUSALS[awsErrorName(error)];
    if (kind !== undefined && error instanceof Error) throw new GantryError(kind, error.message, [], { cause: error });
    throw error;
  }
}

/** The same; undefined where the call was refused with that error. */
export function unless<T>(refusal: string, call: () => Promise<T>): Promise<T | undefined> {
  return ask(async () => {
    try {
      return await call();
    } catch (error) {
      if (awsErrorName(error) === refusal) return undefined;
      throw error;
    }
  });
}

/** Tags as RDS wants them. */
export function tagList(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
