import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '../../../../local/kernel/iam.ts';
import { createDynamoDb } from '../../../../local/services/dynamodb/dynamodb.ts';
import { table } from '../../../../local/services/dynamodb/engine.ts';
import { startEngine } from '../../../../local/services/dynamodb/process.ts';
import { createToolEngine } from '../../../../local/services/dynamodb/tools.ts';
import { sweepExpired } from '../../../../local/services/dynamodb/upkeep.ts';
import { listeningSockets } from '../../../attack/listening.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';
import { until } from '../lambda/functions.ts';

const arn = 'arn:aws:dynamodb:xx-local-1:000000000000:table/things';
const properties = {
  TableName: 'things',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'owner', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'owners',
      KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
};
const item = (pk: string, more: object = {}) => ({ pk: { S: pk }, owner: { S: 'ann' }, ...more });
const operator: Principal = { kind: 'operator' };

let world: Bench;
let room: ReturnType<typeof createDynamoDb>;
let client: DynamoDBClient;
let streamArn: string;

beforeAll(async () => {
  world = await bench((kernel) => {
    room = createDynamoDb(kernel);
    return [room];
  });
  client = new DynamoDBClient(world.client());
  const { attributes } = await declare(world.kernel, room, 'AWS::DynamoDB::Table', 'Table', properties);
  streamArn = String(attributes.StreamArn);
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

const units = (unit: string) => world.kernel.meter.snapshot()[unit] ?? 0;

describe('DynamoDB', () => {
  it('stores an item, finds it by an index, and counts what AWS would bill', async () => {
    const put = { TableName: 'things', Item: item('kept') };
    const before = [units('dynamodb.wru'), units('dynamodb.rru')] as const;
    expect((await client.send(new PutItemCommand(put))).Attributes).toBeUndefined();
    const found = await client.send(
      new QueryCommand({
        TableName: 'things',
        IndexName: 'owners',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: 'ann' } },
      }),
    );
    expect(found.Items).toEqual([item('kept')]);
    expect([units('dynamodb.wru') - before[0], units('dynamodb.rru') - before[1]]).toEqual([2, 0.5]);
  });

  it('gives a reason for each part of a cancelled transaction, and writes none of them', async () => {
    await client.send(new PutItemCommand({ TableName: 'things', Item: item('taken') }));
    const write = new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'things', Item: item('fresh') } },
        { Put: { TableName: 'things', Item: item('taken'), ConditionExpression: 'attribute_not_exists(pk)' } },
      ],
    });
    await expect(client.send(write)).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      ],
    });
    const read = await client.send(new GetItemCommand({ TableName: 'things', Key: { pk: { S: 'fresh' } } }));
    expect(read.Item).toBeUndefined();
  });

  it("requires the permission of each part of a transaction, and the index's for a query of it", async () => {
    const writer = new DynamoDBClient(
      world.client(
        world.role('Writer', [{ Effect: 'Allow', Action: ['dynamodb:PutItem', 'dynamodb:Query'], Resource: arn }]),
      ),
    );
    const Put = { TableName: 'things', Item: item('by-writer') };
    const check = { TableName: 'things', Key: { pk: { S: 'x' } }, ConditionExpression: 'attribute_not_exists(pk)' };
    await writer.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }));
    await expect(
      writer.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { ConditionCheck: check }] })),
    ).rejects.toThrow('dynamodb:ConditionCheckItem');
    await expect(
      writer.send(
        new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: 'things', Key: { pk: { S: 'x' } } } }] }),
      ),
    ).rejects.toThrow('dynamodb:GetItem');
    await expect(
      writer.send(
        new QueryCommand({
          TableName: 'things',
          IndexName: 'owners',
          KeyConditionExpression: '#o = :o',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':o': { S: 'ann' } },
        }),
      ),
    ).rejects.toThrow(`${arn}/index/owners`);
    writer.destroy();
  });

  it('scans a whole table page by page', async () => {
    const seen: string[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const scan = new ScanCommand({ TableName: 'things', Limit: 1, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
      const { Items = [], LastEvaluatedKey } = await client.send(scan);
      seen.push(...Items.map(({ pk }) => pk?.S ?? ''));
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    const all = await client.send(new ScanCommand({ TableName: 'things' }));
    expect(seen.sort()).toEqual((all.Items ?? []).map(({ pk }) => pk?.S).sort());
    expect(seen.length).toBeGreaterThan(0);
  });

  it('refuses legacy parameters and filters of a scan', async () => {
    const filtered = { TableName: 'things', FilterExpression: 'attribute_exists(pk)' };
    await expect(client.send(new ScanCommand(filtered))).rejects.toThrow('FilterExpression');
    await expect(
      client.send(new GetItemCommand({ TableName: 'things', Key: { pk: { S: 'x' } }, AttributesToGet: ['pk'] })),
    ).rejects.toThrow('AttributesToGet');
    const Put = { TableName: 'things', Item: item('x'), ConditionExpression: 'attribute_not_exists(pk)' } as const;
    const seen = { ...Put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: seen }] }))).rejects.toThrow(
      'ReturnValuesOnConditionCheckFailure',
    );
  });

  it('continues a query only from a key that can end a page of it', async () => {
    const from = (ExclusiveStartKey: Record<string, { S: string } | { N: string }>) =>
      client.send(
        new QueryCommand({
          TableName: 'things',
          IndexName: 'owners',
          KeyConditionExpression: '#o = :o',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':o': { S: 'ann' } },
          ExclusiveStartKey,
        }),
      );
    expect((await from({ pk: { S: 'a' }, owner: { S: 'ann' } })).Items?.length).toBeGreaterThan(0);
    const outside = { name: 'ValidationException', message: expect.stringContaining('outside query boundaries') };
    await expect(from({ pk: { S: 'a' }, owner: { S: 'bob' } })).rejects.toMatchObject(outside);
    for (const key of [
      { pk: { S: 'a' } },
      { pk: { N: '1' }, owner: { S: 'ann' } },
      { pk: { S: 'a' }, other: { S: 'ann' } },
    ])
      await expect(from(key as never)).rejects.toThrow('The provided starting key is invalid');
  });

  it('refuses a consistent read of an index', async () => {
    const read = client.send(
      new QueryCommand({
        TableName: 'things',
        IndexName: 'owners',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: 'ann' } },
        ConsistentRead: true,
      }),
    );
    await expect(read).rejects.toThrow('Consistent reads are not supported on global secondary indexes');
  });

  it("describes a table with this cloud's ARNs", async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'things' }));
    expect(Table).toMatchObject({ TableArn: arn, LatestStreamArn: streamArn });
    expect(streamArn).toMatch(`${arn}/stream/`);
  });

  it('wakes a reader of the stream at a write, and returns records in order after a sequence number', async () => {
    const signal = new AbortController().signal;
    const old = await room.read(streamArn, undefined, 1000, 0, operator, signal);
    const last = old.at(-1)?.dynamodb.SequenceNumber;
    const waiting = room.read(streamArn, last, 10, 20_000, operator, signal);
    await client.send(new PutItemCommand({ TableName: 'things', Item: item('streamed') }));
    const [record] = await waiting;
    expect(record).toMatchObject({
      eventName: 'INSERT',
      awsRegion: 'xx-local-1',
      eventSourceARN: streamArn,
      dynamodb: { NewImage: item('streamed') },
    });
    expect(new Set(old.map(({ eventID }) => eventID)).size).toBe(old.length);
  });

  it('lets a caller read a stream with all four permissions only, and ends an abandoned wait', async () => {
    const actions = ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'];
    const stranger = world.role('Stranger', [{ Effect: 'Allow', Action: actions, Resource: streamArn }]);
    const signal = new AbortController().signal;
    await expect(room.read(streamArn, undefined, 1, 0, stranger, signal)).rejects.toThrow('dynamodb:ListStreams');
    const giveUp = new AbortController();
    const old = await room.read(streamArn, undefined, 1000, 0, operator, signal);
    const waiting = room.read(streamArn, old.at(-1)?.dynamodb.SequenceNumber, 1, 20_000, operator, giveUp.signal);
    giveUp.abort();
    expect(await waiting).toEqual([]);
  });

  it('adds an index to a declared table without touching items, and refuses changed keys', async () => {
    await client.send(new PutItemCommand({ TableName: 'things', Item: item('survivor') }));
    const byKind = { ...properties.GlobalSecondaryIndexes[0], IndexName: 'kinds' };
    const more = { ...properties, GlobalSecondaryIndexes: [...properties.GlobalSecondaryIndexes, byKind] };
    const again = await declare(world.kernel, room, 'AWS::DynamoDB::Table', 'Table', more);
    expect(again.attributes.StreamArn).toBe(streamArn);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'things' }));
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).toSorted()).toEqual(['kinds', 'owners']);
    const read = await client.send(new GetItemCommand({ TableName: 'things', Key: { pk: { S: 'survivor' } } }));
    expect(read.Item).toEqual(item('survivor'));
    const KeySchema = [{ AttributeName: 'owner', KeyType: 'HASH' }];
    await expect(
      declare(world.kernel, room, 'AWS::DynamoDB::Table', 'Table', { ...properties, KeySchema }),
    ).rejects.toThrow('--reset');
  });

  it('deletes items after their time to live, and no others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-'));
    const started = await startEngine(join(folder, 'dynamodb.db'));
    const engine = createToolEngine(started);
    const { TableName, KeySchema } = properties;
    const AttributeDefinitions = [{ AttributeName: 'pk', AttributeType: 'S' }];
    await engine.call(table('CreateTable'), {
      TableName,
      KeySchema,
      AttributeDefinitions,
      BillingMode: 'PAY_PER_REQUEST',
    });
    const now = Math.floor(Date.now() / 1000);
    for (const [pk, expires] of [
      ['gone', now - 10],
      ['stays', now + 1000],
    ] as const) {
      await engine.call(table('PutItem'), { TableName, Item: { pk: { S: pk }, expires: { N: String(expires) } } });
    }
    const expiring = { name: TableName, attribute: 'expires', keys: ['pk'], cursor: undefined };
    expect(await sweepExpired(engine, expiring, now)).toBe(1);
    const read = (pk: string) => engine.call(table('GetItem'), { TableName, Key: { pk: { S: pk } } });
    expect((await read('gone')).Item).toBeUndefined();
    expect((await read('stays')).Item).toBeDefined();
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('the DynamoDB engine', () => {
  it('has no address, ends with the process that started it, and keeps acknowledged writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-'));
    const path = join(folder, 'dynamodb.db');
    const local = (file: string) => JSON.stringify(join(process.cwd(), 'local/services/dynamodb', file));
    const script = `
      import { startEngine } from ${local('process.ts')};
      import { createToolEngine } from ${local('tools.ts')};
      const engine = createToolEngine(await startEngine(${JSON.stringify(path)}));
      const TableName = 'things';
      await engine.call('DynamoDB_20120810.CreateTable', {
        TableName,
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      });
      await engine.call('DynamoDB_20120810.PutItem', { TableName, Item: { pk: { S: 'acknowledged' } } });
      console.log('written');
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const [pid] = readFileSync(`${path}.pid`, 'utf8').split(' ');
    expect(listeningSockets(new Set([Number(pid)]))).toEqual([]);
    const ended = once(parent, 'exit');
    parent.kill('SIGKILL');
    await ended;
    await until('the engine has ended', () => !isRunning(pid));

    const second = await startEngine(path);
    const { Item } = await createToolEngine(second).call('DynamoDB_20120810.GetItem', {
      TableName: 'things',
      Key: { pk: { S: 'acknowledged' } },
    });
    expect(Item).toEqual({ pk: { S: 'acknowledged' } });
    await second.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

/** False for an ended process that waits to be collected. */
function isRunning(pid = ''): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
