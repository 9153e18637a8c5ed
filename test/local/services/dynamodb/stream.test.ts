import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDynamoDb } from '../../../../local/services/dynamodb/dynamodb.ts';
import { createLambda } from '../../../../local/services/lambda/room.ts';
import { createSqs } from '../../../../local/services/sqs/sqs.ts';
import { type Bench, bench } from '../../support.ts';
import { assetsOf, declare, functionProperties, functionRole, logSink, until } from '../lambda/functions.ts';

const SOURCE = `export const handler = async ({ Records }) => {
  for (const { eventName, dynamodb } of Records) console.log("row " + eventName + " " + dynamodb.NewImage.pk.S);
};`;

const ROWS = {
  TableName: 'rows',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
};

describe("a table's stream", () => {
  let cloud: Bench;
  let table: ReturnType<typeof createDynamoDb>;
  const sink = logSink();
  const rows = () => sink.linesOf('/aws/lambda/relay').flatMap((line) => /\trow (.*)$/.exec(line)?.[1] ?? []);

  beforeAll(async () => {
    cloud = await bench(async (kernel) => {
      table = createDynamoDb(kernel);
      const queues = createSqs(kernel);
      const assets = assetsOf(kernel, { relay: SOURCE });
      const lambda = createLambda(kernel, { logs: sink, assets, queues, streams: table });
      const declared = await declare(kernel, table, 'AWS::DynamoDB::Table', 'Table', ROWS);
      const streamArn = String(declared.attributes.StreamArn);
      const reads = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
        (name) => `dynamodb:${name}`,
      );
      const role = functionRole(kernel, 'relays', [{ Effect: 'Allow', Action: reads, Resource: streamArn }]);
      await declare(kernel, lambda, 'AWS::Lambda::Function', 'relay', functionProperties('relay', role));
      const pattern = { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['outbox'] } } } };
      await declare(kernel, lambda, 'AWS::Lambda::EventSourceMapping', 'mapping', {
        FunctionName: 'relay',
        EventSourceArn: streamArn,
        StartingPosition: 'TRIM_HORIZON',
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] },
      });
      return [table, queues, lambda];
    });
  });
  afterAll(() => cloud.close());

  it('reaches its function in the order of the writes, if the filter matches', async () => {
    const client = new DynamoDBClient(cloud.client());
    const put = (pk: string, kind: string) =>
      client.send(new PutItemCommand({ TableName: 'rows', Item: { pk: { S: pk }, kind: { S: kind } } }));
    for (let index = 0; index < 20; index += 1) {
      await put(`event ${index}`, 'outbox');
      await put(`row ${index}`, 'other');
    }
    await until('the consumer has all rows', () => rows().length >= 20);
    expect(rows()).toEqual(Array.from({ length: 20 }, (_, index) => `INSERT event ${index}`));
  });

  it('begins empty when a table of the same name is made again', async () => {
    const client = new DynamoDBClient(cloud.client());
    const [type] = table.resources ?? [];
    await type?.remove?.('rows');
    const declared = await declare(cloud.kernel, table, 'AWS::DynamoDB::Table', 'Table', ROWS);
    await client.send(new PutItemCommand({ TableName: 'rows', Item: { pk: { S: 'new' } } }));
    const streamArn = String(declared.attributes.StreamArn);
    const records = await table.read(streamArn, undefined, 100, 0, { kind: 'operator' }, new AbortController().signal);
    expect(records.map(({ dynamodb }) => dynamodb.Keys)).toEqual([{ pk: { S: 'new' } }]);
  });
});
