import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from '@gantry/cloud/dynamodb.ts';

/** The SDK tells a map by its `constructor`, which a map with a key of that name has of its own: whatever is no other type is a map. */
const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

export const documents = DynamoDBDocumentClient.from(dynamodb, { marshallOptions });

/** A function that is not linked to the table may load core's code; its first call then fails on a table of this name. */
export const tableName = process.env.TABLE_NAME ?? 'not-linked-to-a-table';

/** The options of every ElectroDB entity. */
export const table = { client: documents, table: tableName };

/** How an entity's record looks in the base table and in the one index. Keys keep their case: ids are upper case. */
export const keys = {
  primary: { pk: { field: 'pk', casing: 'none' }, sk: { field: 'sk', casing: 'none' } },
  gsi1: { index: 'gsi1', pk: { field: 'gsi1pk', casing: 'none' }, sk: { field: 'gsi1sk', casing: 'none' } },
} as const;

/** Seconds since 1970, as DynamoDB's TTL wants them. */
export function ttlAfter(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
