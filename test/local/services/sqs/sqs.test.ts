import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSqs } from '../../../../local/services/sqs/sqs.ts';
import { until as eventually } from '../../../until.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

let world: Bench;
let room: ReturnType<typeof createSqs>;
let client: SQSClient;

beforeAll(async () => {
  world = await bench((kernel) => {
    room = createSqs(kernel);
    return [room];
  });
  client = new SQSClient(world.client());
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

const queue = async (name: string, properties: Record<string, unknown> = {}) => {
  const { ref, attributes } = await declare(world.kernel, room, 'AWS::SQS::Queue', name, properties);
  return { QueueUrl: ref, arn: String(attributes.Arn) };
};
const receive = async (QueueUrl: string, more: object = {}) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, ...more }))).Messages ?? [];

const until = <T>(read: () => Promise<T | undefined>) => eventually('the message', read);

describe('SQS', () => {
  it('refuses text that XML may not hold, and in a batch only the messages with such text', async () => {
    const { QueueUrl } = await queue('Text');
    for (const MessageBody of ['a\u0000', '\u0001', '\ufffe', '\uffff', 'half a pair: \ud800']) {
      const send = client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      await expect(send).rejects.toMatchObject({ name: 'InvalidMessageContents' });
    }
    const Entries = [
      { Id: 'bad', MessageBody: 'a\u0000' },
      { Id: 'good', MessageBody: 'tab\t, line\r\n, \ue000 and \u{1f600}' },
    ];
    const { Successful, Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
    expect(Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true }]);
    expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual([Entries[1]?.MessageBody]);
  });

  it('delivers a message once, hides it in flight, and deletes it on request', async () => {
    const { QueueUrl } = await queue('Plain');
    const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'grüße' }));
    const [message] = await receive(QueueUrl, { MessageSystemAttributeNames: ['All'] });
    expect(message).toMatchObject({ MessageId: sent.MessageId, Body: 'grüße' });
    expect(message?.Attributes?.ApproximateReceiveCount).toBe('1');
    expect(await receive(QueueUrl)).toEqual([]);
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    const attributes = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(attributes.Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  it('wakes a waiting receiver when a message arrives', async () => {
    const { QueueUrl } = await queue('Waiting');
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' }));
    expect(await waiting).toMatchObject([{ Body: 'now' }]);
  });

  it('shows a delayed message after its delay', async () => {
    const { QueueUrl } = await queue('Delayed');
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 3 }));
    expect(await receive(QueueUrl)).toEqual([]);
    expect(await receive(QueueUrl, { WaitTimeSeconds: 20 })).toMatchObject([{ Body: 'later' }]);
  });

  it('sends, receives and deletes in batches, in the order of sending', async () => {
    const { QueueUrl } = await queue('Batch');
    const Entries = ['a', 'b', 'c'].map((name) => ({ Id: name, MessageBody: name }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const messages = await receive(QueueUrl, { MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
    expect(messages.map(({ Body }) => Body)).toEqual(['a', 'b', 'c']);
    const again = await receive(QueueUrl, { MaxNumberOfMessages: 10 });
    const handles = again.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));
    expect(room && (await client.send(new GetQueueUrlCommand({ QueueName: 'test-Batch' }))).QueueUrl).toBe(QueueUrl);
    const counts = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(counts.Attributes).toMatchObject({ ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('moves a message that was received too often to the dead-letter queue', async () => {
    const dead = await queue('Dead');
    const { QueueUrl, arn } = await queue('Redrive', {
      RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 },
    });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    for (let count = 1; count <= 2; count++) {
      const [message] = await receive(QueueUrl);
      await client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }),
      );
    }
    expect(await receive(QueueUrl)).toEqual([]);
    const [message] = await receive(dead.QueueUrl, { MessageSystemAttributeNames: ['All'] });
    expect(message).toMatchObject({ Body: 'poison', Attributes: { DeadLetterQueueSourceArn: arn } });
  });

  it('moves dead letters back to their queues as new messages, one task at a time', async () => {
    const dead = await queue('Graves');
    const { QueueUrl, arn } = await queue('Revived', {
      VisibilityTimeout: 0,
      RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 },
    });
    for (const MessageBody of ['a', 'b', 'c']) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 10 });
    expect(await receive(QueueUrl)).toEqual([]);
    // A task with a rate runs for a second at least, however late the other request arrives.
    const input = { SourceArn: dead.arn, MaxNumberOfMessagesPerSecond: 3 };
    const start = () => client.send(new StartMessageMoveTaskCommand(input));
    const starts = await Promise.allSettled([start(), start()]);
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(starts.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'UnsupportedOperation' },
    });
    const task = await until(async () => {
      const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: dead.arn }));
      return Results?.[0]?.Status === 'RUNNING' ? undefined : Results?.[0];
    });
    expect(task).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 3, SourceArn: dead.arn });
    expect(task).not.toHaveProperty('TaskHandle');
    const back = await receive(QueueUrl, { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] });
    expect(back.map(({ Body }) => Body).sort()).toEqual(['a', 'b', 'c']);
    expect(back.map(({ MessageId }) => MessageId)).not.toContain(first?.MessageId);
    for (const { Attributes } of back) expect(Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
    expect(arn).not.toBe(dead.arn);
  });

  it('refuses to move from a queue without dead letters, and leaves messages of unknown origin', async () => {
    const { arn } = await queue('Ordinary');
    const start = (SourceArn: string) => client.send(new StartMessageMoveTaskCommand({ SourceArn }));
    await expect(start(arn)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(start(`${arn}-gone`)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const dead = await queue('Foundlings');
    await queue('Parent', { RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 } });
    await client.send(new SendMessageCommand({ QueueUrl: dead.QueueUrl, MessageBody: 'put here by hand' }));
    await start(dead.arn);
    const task = await until(async () => {
      const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: dead.arn }));
      return Results?.[0]?.Status === 'RUNNING' ? undefined : Results?.[0];
    });
    expect(task).toMatchObject({ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
    expect(await receive(dead.QueueUrl)).toMatchObject([{ Body: 'put here by hand' }]);
  });

  it('moves dead letters only with the rights to receive and delete them and to send to the target', async () => {
    const dead = await queue('Guarded');
    const { arn } = await queue('Target', { RedrivePolicy: { deadLetterTargetArn: dead.arn, maxReceiveCount: 1 } });
    const may = ['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];
    const statement = { Effect: 'Allow', Action: may.map((name) => `sqs:${name}`), Resource: dead.arn };
    const half = new SQSClient(world.client(world.role('half', [statement])));
    const start = (sqs: SQSClient) => sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn }));
    await expect(start(half)).rejects.toMatchObject({ message: expect.stringContaining('sqs:SendMessage') });
    const send = { Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: arn };
    const whole = new SQSClient(world.client(world.role('whole', [statement, send])));
    expect((await start(whole)).TaskHandle).toBeDefined();
  });

  it('ignores an old receipt of a message that was received again', async () => {
    const { QueueUrl } = await queue('Stale');
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    const [first] = await receive(QueueUrl, { VisibilityTimeout: 0 });
    const [second] = await receive(QueueUrl, { VisibilityTimeout: 0 });
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    expect(await receive(QueueUrl)).toMatchObject([{ MessageId: second?.MessageId }]);
    await expect(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'nonsense' }))).rejects.toMatchObject({
      name: 'ReceiptHandleIsInvalid',
    });
  });

  it('keeps messages and receive counts over a restart, after which none is in flight', async () => {
    const { QueueUrl, arn } = await queue('Durable', { VisibilityTimeout: 600 });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }));
    await receive(QueueUrl);
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'delayed', DelaySeconds: 600 }));
    const reborn = createSqs(world.kernel);
    await declare(world.kernel, reborn, 'AWS::SQS::Queue', 'Durable', {});
    const signal = new AbortController().signal;
    const messages = await reborn.receive(arn, 10, 0, { kind: 'operator' }, signal);
    expect(messages).toMatchObject([{ body: 'kept', attributes: { ApproximateReceiveCount: '2' } }]);
  });

  it('refuses a service that the queue policy does not name, and accepts the one that it names', async () => {
    const { QueueUrl, arn } = await queue('Guarded');
    const from = (sourceArn: string) => ({ kind: 'service', name: 'events.amazonaws.com', sourceArn }) as const;
    await declare(world.kernel, room, 'AWS::SQS::QueuePolicy', 'GuardedPolicy', {
      Queues: [QueueUrl],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: arn,
            Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:xx-local-1:000000000000:rule/mine' } },
          },
        ],
      },
    });
    await room.send(arn, 'welcome', from('arn:aws:events:xx-local-1:000000000000:rule/mine'));
    await expect(
      room.send(arn, 'stranger', from('arn:aws:events:xx-local-1:000000000000:rule/other')),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(await receive(QueueUrl, { MaxNumberOfMessages: 10 })).toMatchObject([{ Body: 'welcome' }]);
    const role = world.role('SqsNobody', []);
    const nobody = new SQSClient(world.client(role));
    await expect(nobody.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    nobody.destroy();
  });

  it('refuses unsupported parameters by name', async () => {
    const { QueueUrl } = await queue('Refusing');
    await expect(client.send(new PurgeQueueCommand({ QueueUrl }))).rejects.toThrow('PurgeQueue');
    await expect(
      client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageGroupId: 'g' })),
    ).rejects.toThrow('MessageGroupId');
    await expect(queue('Fifo', { QueueName: 'x.fifo' })).rejects.toThrow('FIFO');
    await expect(receive(`${world.kernel.addresses.aws}/000000000000/nowhere`)).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });
});
