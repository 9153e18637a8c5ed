import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Kernel } from '../../../local/kernel/kernel.ts';
import { createDynamoDb } from '../../../local/services/dynamodb/dynamodb.ts';
import { createS3 } from '../../../local/services/s3/s3.ts';
import { createSqs } from '../../../local/services/sqs/sqs.ts';
import { createSts } from '../../../local/services/sts/sts.ts';
import { patience } from '../../patience.ts';
import { unless } from '../../unless.ts';
import { bench } from '../support.ts';
import { declare } from './declare.ts';

/** A Python with boto3, if the one on the PATH has none. */
const python = process.env['GANTRY_TEST_PYTHON'] ?? 'python3';
const missing = spawnSync(python, ['-c', 'import boto3'], { timeout: patience(20_000) }).status !== 0;

unless(missing ? `${python} has no boto3` : undefined)(
  'the local cloud serves the AWS SDK for Python like AWS, errors included',
  async () => {
    const made = (kernel: Kernel) => [createS3(kernel), createSqs(kernel), createDynamoDb(kernel), createSts(kernel)];
    let rooms: ReturnType<typeof made> = [];
    const world = await bench((kernel) => {
      rooms = made(kernel);
      return rooms;
    });
    try {
      const declared = (type: string, properties: object) => {
        const room = rooms.find(({ resources }) => resources?.some((each) => each.type === type)) ?? {};
        return declare(world.kernel, room, type, 'Things', { ...properties });
      };
      const { ref: bucket } = await declared('AWS::S3::Bucket', { BucketName: 'things' });
      const { ref: queue } = await declared('AWS::SQS::Queue', {});
      await declared('AWS::DynamoDB::Table', {
        TableName: 'things',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      });
      const seen = await runPython({ ...world.client(), bucket, queue });
      expect(seen).toEqual({
        body: 'hello',
        checksum: true,
        metadata: { colour: 'blue' },
        keys: ['a b/ü+%'],
        noKey: 'NoSuchKey',
        buckets: 'NotImplemented',
        multipart: 'NotImplemented',
        message: 'hello',
        nul: 'InvalidMessageContents',
        item: [{ pk: { S: 'a' }, n: { N: '1.5' } }],
        foreignKey: 'ValidationException',
        caller: '000000000000',
        xml: 'InvalidAction',
      });
    } finally {
      await world.close();
    }
  },
  patience(60_000),
);

function runPython(given: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'python-sdk.py');
    const child = execFile(python, [script], { timeout: patience(50_000) }, (error, output, complaint) =>
      error === null ? resolve(JSON.parse(output)) : reject(new Error(complaint || error.message)),
    );
    child.stdin?.end(JSON.stringify(given));
  });
}
