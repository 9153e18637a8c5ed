import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { Meter } from '../../kernel/meter.ts';
import { type Access, type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { type Engine, type Json, table } from './engine.ts';

type Unit = 'dynamodb.rru' | 'dynamodb.wru';

interface Room {
  readonly meter: Meter;
  engine(): Promise<Engine>;
  /** Something was written: streams have records. */
  wrote(): void;
}

/** The ARN of a table. Throws where the caller gave an ARN in place of a name, which is not emulated. */
export function tableArn(name: string): string {
  if (name.includes(':'))
    throw new AwsError('ValidationException', `local cloud: TableName ${name} must be a plain name`);
  return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
}

/** Gives every DynamoDB ARN in an answer this account and region, whatever the engine calls its own. */
export function localArns<T>(answer: T): T {
  const local = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:`;
  return JSON.parse(JSON.stringify(answer).replaceAll(/arn:aws:dynamodb:[a-z0-9-]+:\d{12}:/g, local)) as T;
}

interface Named {
  readonly TableName: string;
  readonly IndexName?: string;
}

const EXPRESSION = ['ExpressionAttributeNames', 'ExpressionAttributeValues', 'ReturnConsumedCapacity'];
const WRITE = [
  'TableName',
  'ConditionExpression',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
  'ReturnItemCollectionMetrics',
  ...EXPRESSION,
];

/**
 * The data plane, forwarded to the engine as it is. Legacy parameters (`Expected`, `KeyConditions`, …) and Scan are not offered:
 * the product has no use for them. Access is asked as on AWS, a transaction's for each of its parts.
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function dynamoOperations(room: Room): Readonly<Record<string, AnyOperation>> {
  const forward = (name: string, unit: Unit, uses: readonly string[], access: (input: Json) => readonly Access[]) =>
    operation<Json, Json>({ uses, access, handle: (input) => run(room, name, unit, input) });
  const one = (name: string, unit: Unit, uses: readonly string[]) =>
    forward(name, unit, uses, (input) => [onTable(name, input as unknown as Named)]);
  return {
    GetItem: one('GetItem', 'dynamodb.rru', [
      'TableName',
      'Key',
      'ConsistentRead',
      'ProjectionExpression',
      'ExpressionAttributeNames',
      'ReturnConsumedCapacity',
    ]),
    Query: one('Query', 'dynamodb.rru', [
      'TableName',
      'IndexName',
      'KeyConditionExpression',
      'FilterExpression',
      'ProjectionExpression',
      'ConsistentRead',
      'ExclusiveStartKey',
      'Limit',
      'ScanIndexForward',
      'Select',
      ...EXPRESSION,
    ]),
    PutItem: one('PutItem', 'dynamodb.wru', ['Item', ...WRITE]),
    UpdateItem: one('UpdateItem', 'dynamodb.wru', ['Key', 'UpdateExpression', ...WRITE]),
    DeleteItem: one('DeleteItem', 'dynamodb.wru', ['Key', ...WRITE]),
    BatchGetItem: forward('BatchGetItem', 'dynamodb.rru', ['RequestItems', 'ReturnConsumedCapacity'], (input) =>
      Object.keys(input.RequestItems as Json).map((TableName) => onTable('BatchGetItem', { TableName })),
    ),
    TransactGetItems: forward(
      'TransactGetItems',
      'dynamodb.rru',
      ['TransactItems', 'ReturnConsumedCapacity'],
      transactionAccess,
    ),
    TransactWriteItems: forward(
      'TransactWriteItems',
      'dynamodb.wru',
      ['TransactItems', 'ClientRequestToken', 'ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'],
      transactionAccess,
    ),
    DescribeTable: operation<Named, Json>({
      uses: ['TableName'],
      access: (input) => [onTable('DescribeTable', input)],
      handle: async (input) => localArns(await (await room.engine()).call(table('DescribeTable'), input)),
    }),
  };
}

function onTable(action: string, { TableName, IndexName }: Named): Access {
  const arn = tableArn(TableName);
  return { action: `dynamodb:${action}`, resource: IndexName === undefined ? arn : `${arn}/index/${IndexName}` };
}

const PARTS: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** Each distinct action on each table once, however many items a transaction has. */
function transactionAccess(input: Json): readonly Access[] {
  const accesses = new Map<string, Access>();
  for (const item of input.TransactItems as readonly Readonly<Record<string, Named>>[]) {
    for (const [part, named] of Object.entries(item)) {
      const access = onTable(PARTS[part] ?? part, named);
      accesses.set(`${access.action} ${access.resource}`, access);
    }
  }
  return [...accesses.values()];
}

/** Forwards a call, counting the units that it consumed; they are told to the caller only where the caller asked. */
async function run(room: Room, name: string, unit: Unit, input: Json): Promise<Json> {
  const engine = await room.engine();
  const asked = input.ReturnConsumedCapacity ?? 'NONE';
  try {
    const answer = await engine.call(
      table(name),
      asked === 'NONE' ? { ...input, ReturnConsumedCapacity: 'TOTAL' } : input,
    );
    const { ConsumedCapacity: consumed, ...rest } = answer;
    room.meter.count(unit, unitsOf(consumed));
    if (unit === 'dynamodb.wru') room.wrote();
    return asked === 'NONE' ? rest : answer;
  } catch (error) {
    room.meter.count(unit, refusedUnits(error));
    throw error;
  }
}

function unitsOf(consumed: unknown): number {
  const each = [consumed].flat() as readonly ({ readonly CapacityUnits?: number } | undefined)[];
  return each.reduce((sum, capacity) => sum + (capacity?.CapacityUnits ?? 0), 0);
}

/** A condition that fails is billed as a write of the smallest size: one unit, or two for each item of a transaction. */
function refusedUnits(error: unknown): number {
  if (!(error instanceof AwsError)) return 0;
  if (error.code === 'ConditionalCheckFailedException') return 1;
  if (error.code !== 'TransactionCanceledException') return 0;
  return 2 * [error.details.CancellationReasons].flat().length;
}
