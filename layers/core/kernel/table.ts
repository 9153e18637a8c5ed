import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from '@gantry/cloud/dynamodb.ts';

/** The SDK recognises a map by its `constructor`, but a map may have a key of that name. So every value of no other type is a map. */
const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true };

export const documents = DynamoDBDocumentClient.from(dynamodb, { marshallOptions });

/** A function without a link to the table may load core's code; its first call then fails on a table of this name. */
export const tableName = process.env.TABLE_NAME ?? 'not-linked-to-a-table';

/** The options of every ElectroDB entity. */
export const table = { client: documents, table: tableName };

/** The keys of an entity's record in the base table and in the one index. Keys keep their case, because ids are upper case. */
export const keys = {
  primary: { pk: { field: 'pk', casing: 'none' }, sk: { field: 'sk', casing: 'none' } },
  gsi1: { index: 'gsi1', pk: { field: 'gsi1pk', casing: 'none' }, sk: { field: 'gsi1sk', casing: 'none' } },
} as const;

/** Seconds since 1970, for DynamoDB's TTL. */
export function ttlAfter(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
