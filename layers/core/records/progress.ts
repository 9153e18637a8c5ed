import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { available } from '@gantry/cloud/failures.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { documents, tableName } from '../kernel/table.ts';

/** How far a schedule has come: the last minute (since 1970) that it finished; undefined before the first. */
export async function readProgress(part: string, what: string): Promise<number | undefined> {
  const Key = { pk: `installation#${part}`, sk: what };
  const command = new GetCommand({ TableName: tableName, Key, ConsistentRead: true });
  const { Item } = await available('The database', () => documents.send(command));
  return Item === undefined ? undefined : Number(Item['minute']);
}

/**
 * Records that a schedule finished a minute. A run that ends late moves nothing back. A minute beyond `now` comes from a clock that was wrong, and is
 * replaced.
 */
export async function writeProgress(part: string, what: string, minute: number, now: number): Promise<void> {
  const put = new PutCommand({
    TableName: tableName,
    Item: { pk: `installation#${part}`, sk: what, minute },
    ConditionExpression: 'attribute_not_exists(pk) OR #minute < :minute OR #minute > :now',
    ExpressionAttributeNames: { '#minute': 'minute' },
    ExpressionAttributeValues: { ':minute': minute, ':now': now },
  });
  await unlessRefused(() => available('The database', () => documents.send(put)));
}
