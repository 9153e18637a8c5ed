import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { GantryError } from '@gantry/contract/errors.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A write, and the error to throw when its condition fails. */
export interface Write {
  readonly item: TransactItem;
  readonly otherwise?: GantryError;
}
