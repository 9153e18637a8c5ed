import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Lookup } from '@gantry/core/kernel/lookup.ts';
import { membershipAt, userAt } from '@gantry/core/records/identity-lookups.ts';
import { ROOT } from '@gantry/infra/constructs/bundle.ts';
import { synthesize } from '@gantry/local/synth.ts';
import { tableIn } from '../journeys/metric-history.ts';
import { type Bed, counted } from './platform.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** AWS's limit for the items of one transaction (AWS, "Amazon DynamoDB Transactions: How it works"). */
const MOST_ITEMS = 100;

/** The table through an SDK client with the operator's rights, without API, function, sign-in and checks. */
export interface Database {
  readonly documents: DynamoDBDocumentClient;
  readonly table: string;
  /** The two reads at the start of every signed-in call: the user by the token's subject, then the membership and the objects that the path names. */
  admit(teamId: string, ...path: readonly Lookup<unknown>[]): Promise<void>;
  transact(items: readonly TransactItem[]): Promise<void>;
  /** Writes any number of items, in as few transactions as possible. */
  fill(items: readonly TransactItem[]): Promise<void>;
}

export async function openDatabase({ endpoints, client, token }: Bed): Promise<Database> {
  const { aws: endpoint, region, credentials } = endpoints;
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const table = tableIn(endpoints.outputs);
  const { user } = await client('session.get', {});
  const userKey = userAt(subjectOf(token)).key;
  const transact = async (items: readonly TransactItem[]) => {
    await documents.send(new TransactWriteCommand({ TransactItems: items.map((item) => inTable(item, table)) }));
  };
  return {
    documents,
    table,
    transact,
    async admit(teamId, ...path) {
      const first = await documents.send(new GetCommand({ TableName: table, Key: userKey, ConsistentRead: true }));
      const Keys = [membershipAt(teamId, user.id), ...path].map(({ key }) => ({ ...key }));
      const { Responses } = await documents.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
      );
      if (first.Item === undefined || Responses?.[table]?.length !== Keys.length)
        throw new Error('the bare calls did not find the records');
    },
    async fill(items) {
      for (let start = 0; start < items.length; start += MOST_ITEMS)
        await transact(items.slice(start, start + MOST_ITEMS));
    },
  };
}

/** A transaction's item that core made, for the bed's table. Core in this process is linked to no table. */
function inTable(item: TransactItem, table: string): TransactItem {
  const parts = Object.entries(item).map(([part, write]) => [part, { ...write, TableName: table }]);
  return Object.fromEntries(parts) as TransactItem;
}

/**
 * How many DynamoDB permissions the API's functions used during one of `times` operations: one for each request, and in a transaction one for each
 * kind of write.
 */
export async function databaseAccesses(bed: Bed, times: number, operation: () => Promise<unknown>): Promise<number> {
  const assembly = await synthesize(ROOT, () => undefined);
  const before = await bed.access();
  for (let run = 0; run < times; run += 1) await operation();
  const calls = Object.entries(counted(before, await bed.access()))
    .filter(([statement]) => isOfApi(statement) && actionsOf(assembly, statement).some(isDynamo))
    .reduce((sum, [, count]) => sum + count, 0);
  return calls / times;
}

/** The operation's answer precedes the work of the consumers of its events, which does not count. */
const isOfApi = (statement: string) => /^[^/]*-api\//.test(statement);
const isDynamo = (action: string) => action.startsWith('dynamodb:');

/** The actions that a statement allows, by the id under which the local cloud counts its use. */
function actionsOf(assembly: string, statementId: string): readonly string[] {
  const [stack = '', logicalId = '', index = ''] = statementId.split('/');
  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8'));
  return [template.Resources[logicalId]?.Properties?.PolicyDocument?.Statement?.[Number(index)]?.Action ?? []].flat();
}

function subjectOf(token: string): string {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')).sub;
}
