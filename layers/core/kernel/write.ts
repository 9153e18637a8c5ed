import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { GantryError } from '@gantry/contract/errors.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A write, and the error to throw where its condition does not hold. */
export interface Write {
  readonly item: TransactItem;
  readonly otherwise?: GantryError;
}
