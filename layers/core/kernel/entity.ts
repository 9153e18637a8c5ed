import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { ElectroError } from 'electrodb';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

interface Parameters {
  params<T>(): T;
}

/** An ElectroDB operation as one item of a transaction. */
export const item = {
  put: (operation: Parameters): TransactItem => ({ Put: operation.params<NonNullable<TransactItem['Put']>>() }),
  update: (operation: Parameters): TransactItem => ({
    Update: operation.params<NonNullable<TransactItem['Update']>>(),
  }),
  remove: (operation: Parameters): TransactItem => ({
    Delete: operation.params<NonNullable<TransactItem['Delete']>>(),
  }),
};

/** What a conditional write answers; undefined where its condition did not hold. */
export async function unlessRefused<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    const cause = error instanceof ElectroError ? error.cause : error;
    if (cause instanceof Error && cause.name === 'ConditionalCheckFailedException') return undefined;
    throw error;
  }
}
