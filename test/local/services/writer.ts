/** Its own process for `durability.test.ts`: writes to the data services without end and prints each acknowledged number. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createIam } from '../../../local/iam/iam.ts';
import type { Kernel } from '../../../local/kernel/kernel.ts';
import { Meter } from '../../../local/kernel/meter.ts';
import type { FunctionInvoker } from '../../../local/kernel/ports.ts';
import { Store } from '../../../local/kernel/store.ts';
import { createEvents } from '../../../local/services/events/events.ts';
import { createLogs } from '../../../local/services/logs/logs.ts';
import { Objects } from '../../../local/services/s3/objects.ts';
import { createSqs } from '../../../local/services/sqs/sqs.ts';
import { declare } from './declare.ts';

export const GROUP = '/gantry/test';
export const BUCKET = 'uploads';

/** The rooms over a data folder, perhaps of a killed process. */
export async function openRooms(dataDir: string) {
  const kernel: Kernel = {
    dataDir,
    addresses: { front: 'http://127.0.0.1:1', aws: 'http://127.0.0.1:2', kubernetes: 'http://127.0.0.1:3' },
    iam: createIam(),
    meter: new Meter(),
    store: new Store(join(dataDir, 'state.db')),
    note: () => {},
  };
  const sqs = createSqs(kernel);
  const functions: FunctionInvoker = { invoke: async () => ({ ok: true, payload: null, logTail: '' }) };
  const events = createEvents(kernel, sqs, functions);
  const logs = createLogs(kernel, functions);
  const objects = new Objects(dataDir, kernel.store);
  objects.open(BUCKET);
  const queue = await declare(kernel, sqs, 'AWS::SQS::Queue', 'Queue', {});
  const arn = String(queue.attributes.Arn);
  const allow = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: arn,
  };
  const PolicyDocument = { Statement: [allow] };
  await declare(kernel, sqs, 'AWS::SQS::QueuePolicy', 'QueuePolicy', { Queues: [queue.ref], PolicyDocument });
  await declare(kernel, events, 'AWS::Events::Rule', 'Rule', {
    Name: 'all',
    EventPattern: { source: ['test'] },
    Targets: [{ Id: 'queue', Arn: arn }],
  });
  await declare(kernel, logs, 'AWS::Logs::LogGroup', 'Group', { LogGroupName: GROUP });
  return { kernel, sqs, events, logs, objects, queueArn: arn };
}

const [, script, dataDir] = process.argv;
if (script?.endsWith('writer.ts') === true && dataDir !== undefined) {
  const { events, logs, objects } = await openRooms(dataDir);
  const described = { contentType: 'text/plain', metadata: {} };
  for (let n = 0; ; n++) {
    await events.publish({ source: 'test', detailType: 'write', detail: { n }, resources: [] });
    await logs.write(GROUP, 'stream', [{ timestamp: Date.now(), message: String(n) }], { kind: 'operator' });
    await objects.put(BUCKET, `key-${n}`, Readable.from([Buffer.from(String(n))]), described, {});
    process.stdout.write(`${n}\n`);
  }
}
