import type { Access } from '../../kernel/access.ts';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { Meter } from '../../kernel/meter.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { consumed, refusedUnits } from './capacity.ts';
import { type Engine, type Json, table } from './engine.ts';
import { checkStartKey } from './start-key.ts';
import type { Tables } from './tables.ts';

interface Room {
  readonly meter: Meter;
  readonly tables: Tables;
  engine(): Promise<Engine>;
  /** Whether the table refuses this request as busy, which is counted. */
  isBusy(name: string, isWrite: boolean): boolean;
  /** Called after a write: streams have records. */
  wrote(): void;
}

/** The ARN of a table. Throws for an ARN in place of a name, which is not emulated. */
export function tableArn(name: string): string {
  if (name.includes(':'))
    throw new AwsError('ValidationException', `local cloud: TableName ${name} must be a plain name`);
  return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
}

/** Gives every DynamoDB ARN in an answer this account and region, because the engine returns others. */
export function localArns<T>(answer: T): T {
  const local = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:`;
  return JSON.parse(JSON.stringify(answer).replaceAll(/arn:aws:dynamodb:[a-z0-9-]+:\d{12}:/g, local)) as T;
}

interface Named {
  readonly TableName: string;
  readonly IndexName?: string;
}

const EXPRESSION = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const WRITE = ['TableName', 'ConditionExpression', 'ReturnValues', ...EXPRESSION];

/**
 * The data plane, forwarded to the engine. Legacy parameters (`Expected`, `KeyConditions`, …), consumed capacity and the item of a failed condition
 * are not offered, because the product does not use them. Access is checked as on AWS, for each part of a transaction. Source:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function dynamoOperations(room: Room): Readonly<Record<string, AnyOperation>> {
  const forward = (name: string, uses: readonly string[], access: (input: Json) => readonly Access[]) =>
    operation<Json, Json>({ uses, access, handle: (input) => run(room, name, input) });
  const one = (name: string, uses: readonly string[]) =>
    forward(name, uses, (input) => [onTable(name, input as unknown as Named)]);
  return {
    GetItem: one('GetItem', ['TableName', 'Key', 'ConsistentRead', 'ProjectionExpression', 'ExpressionAttributeNames']),
    Query: one('Query', [
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
    PutItem: one('PutItem', ['Item', ...WRITE]),
    UpdateItem: one('UpdateItem', ['Key', 'UpdateExpression', ...WRITE]),
    DeleteItem: one('DeleteItem', ['Key', ...WRITE]),
    BatchGetItem: forward('BatchGetItem', ['RequestItems'], (input) =>
      Object.keys(input.RequestItems as Json).map((TableName) => onTable('BatchGetItem', { TableName })),
    ),
    TransactGetItems: forward('TransactGetItems', ['TransactItems'], transactionAccess),
    TransactWriteItems: forward('TransactWriteItems', ['TransactItems', 'ClientRequestToken'], transactionAccess),
    Scan: one('Scan', ['TableName', 'ConsistentRead', 'ExclusiveStartKey', 'Limit']),
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

/** Each distinct action on each table once, for any number of items in a transaction. */
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

/** A write's answer about the item when its caller wants none: enough to know its size. */
const IMAGE: Readonly<Record<string, string>> = { PutItem: 'ALL_OLD', DeleteItem: 'ALL_OLD', UpdateItem: 'ALL_NEW' };

/** Forwards a call, counting the units that it consumed. */
async function run(room: Room, name: string, input: Json): Promise<Json> {
  refuseUnseen(name, input, room.tables);
  if (room.isBusy(tableOf(input), /^(?:Put|Update|Delete|TransactWrite)/.test(name)))
    throw new AwsError('ThrottlingException', 'The request was denied due to request throttling.');
  const engine = await room.engine();
  const image = (input.ReturnValues ?? 'NONE') === 'NONE' ? IMAGE[name] : undefined;
  try {
    const answer = await engine.call(table(name), image === undefined ? input : { ...input, ReturnValues: image });
    const { unit, units } = consumed(name, input, answer, room.tables);
    room.meter.count(unit, units);
    if (unit === 'dynamodb.wru') room.wrote();
    const { Attributes: _, ...rest } = answer;
    return image === undefined ? answer : rest;
  } catch (error) {
    if (error instanceof AwsError) room.meter.count('dynamodb.wru', refusedUnits(error.code, error.details));
    throw error;
  }
}

/** The first table that a request names. */
function tableOf({ TableName, RequestItems, TransactItems }: Json): string {
  if (TableName !== undefined) return String(TableName);
  if (RequestItems !== undefined) return Object.keys(RequestItems as Json)[0] ?? '';
  const [part] = (TransactItems as readonly Json[] | undefined)?.flatMap(Object.values) ?? [];
  return String((part as Partial<Named> | undefined)?.TableName ?? '');
}

/** Refuses requests that the engine would accept and AWS would not, or parts that the engine would ignore silently. */
function refuseUnseen(name: string, input: Json, tables: Tables): void {
  if (name === 'Query') {
    const known = tables.get(String(input.TableName));
    if (known !== undefined) checkStartKey(input, known);
    if (input.IndexName !== undefined && input.ConsistentRead === true)
      throw new AwsError('ValidationException', 'Consistent reads are not supported on global secondary indexes');
  }
  for (const item of name === 'TransactWriteItems' ? (input.TransactItems as readonly Json[]) : []) {
    const [part] = Object.values(item) as readonly Json[];
    if ((part?.ReturnValuesOnConditionCheckFailure ?? 'NONE') !== 'NONE')
      throw new AwsError(
        'ValidationException',
        'local cloud: parameter ReturnValuesOnConditionCheckFailure of dynamodb:TransactWriteItems is not emulated',
      );
  }
}
