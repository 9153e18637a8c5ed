import { DeleteCommand, QueryCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { available } from '@gantry/cloud/failures.ts';
import { eachLimited } from '../kernel/limited.ts';
import { documents, tableName } from '../kernel/table.ts';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

type Item = Record<string, unknown>;

/** The scope of a count: a service in an environment, or all deployments. */
export type Scope =
  | { readonly teamId: string; readonly serviceId: string; readonly environmentId: string }
  | 'installation';

/** Thirteen months, so that a month can be compared with the same month of the year before. */
const KEPT_SECONDS = 396 * 24 * 3600;

/**
 * One record for each scope and day in UTC, with an attribute for each counter. It is not an ElectroDB entity:
 * ElectroDB has fixed attribute names, and DynamoDB can only increase a missing attribute at the top level.
 *
 * Every deployment that ends writes the record of the installation. A transaction pays twice the record's size. A
 * record of 10 KB has some hundred buckets in use and needs 20 of the 1,000 write units that a partition has each
 * second: that allows fifty deployments a second. More would need several records a day.
 */
function keyOf(scope: Scope, day: string) {
  return { pk: partitionOf(scope), sk: `day#${day}` };
}

function partitionOf(scope: Scope): string {
  if (scope === 'installation') return 'installation#timings';
  return `team#${scope.teamId}#timings#${scope.serviceId}#${scope.environmentId}`;
}

/** The write that raises each of the counters of a day (`2026-11-20`) by one. */
export function raise(scope: Scope, day: string, counters: readonly string[]): TransactItem {
  const ttl = Math.floor(Date.parse(day) / 1000) + KEPT_SECONDS;
  return {
    Update: {
      TableName: tableName,
      Key: keyOf(scope, day),
      UpdateExpression: `SET #ttl = :ttl ADD ${counters.map((_, at) => `#c${at} :one`).join(', ')}`,
      ExpressionAttributeNames: {
        '#ttl': 'ttl',
        ...Object.fromEntries(counters.map((counter, at) => [`#c${at}`, counter])),
      },
      ExpressionAttributeValues: { ':ttl': ttl, ':one': 1 },
    },
  };
}

/** The counters of each day with any, from one day to another, both included. A record is at most 100 KB, so 90 days come in ten reads. */
export async function readDays(scope: Scope, from: string, to: string): Promise<ReadonlyMap<string, number>[]> {
  const days: ReadonlyMap<string, number>[] = [];
  for await (const records of pagesOf(scope, from, to)) days.push(...records.map(countersIn));
  return days;
}

const CONCURRENCY = 10;

/** Deletes all counts of a scope; harmless when repeated. */
export async function eraseDays(scope: Exclude<Scope, 'installation'>): Promise<void> {
  for await (const records of pagesOf(scope, '0', '9')) {
    await eachLimited(records, CONCURRENCY, async ({ pk, sk }) => {
      await documents.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
    });
  }
}

async function* pagesOf(scope: Scope, from: string, to: string) {
  let start: Item | undefined;
  do {
    const query = new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':pk': partitionOf(scope),
        ':from': keyOf(scope, from).sk,
        ':to': keyOf(scope, to).sk,
      },
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    const { Items = [], LastEvaluatedKey } = await available('The database', () => documents.send(query));
    yield Items as readonly Item[];
    start = LastEvaluatedKey;
  } while (start !== undefined);
}

/** Names of counters have a colon; names of keys and of the expiry have none. */
function countersIn(item: Item): ReadonlyMap<string, number> {
  return new Map(Object.entries(item).flatMap(([name, value]) => (name.includes(':') ? [[name, Number(value)]] : [])));
}
