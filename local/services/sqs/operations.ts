import { type AnyOperation, AwsError, type Call } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { checkBatch, delayOf, type Entry, visibilityOf, within } from './limits.ts';
import { checkSize, isText, newMessage, parseHandle, receiptHandle, systemAttributes } from './message.ts';
import type { Message, Queue } from './queue.ts';

const INVALID_TEXT =
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';

export interface Queues {
  byUrl(url: string): Queue;
  byArn(arn: string): Queue;
  urlOf(queue: Queue): string;
  /** Ends the waits when the room stops. */
  readonly closing: AbortSignal;
}

interface SendInput {
  readonly QueueUrl: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}

interface BatchInput<E extends Entry> {
  readonly QueueUrl: string;
  readonly Entries: readonly E[];
}

interface ReceiveInput {
  readonly QueueUrl: string;
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly AttributeNames?: readonly string[];
  readonly MessageSystemAttributeNames?: readonly string[];
}

/** The SQS operations of the product and its operator. A FIFO queue, message attributes and purging are not emulated. */
export function sqsOperations(queues: Queues): Readonly<Record<string, AnyOperation>> {
  return {
    SendMessage: sendMessage(queues),
    SendMessageBatch: sendMessageBatch(queues),
    ReceiveMessage: receiveMessage(queues),
    DeleteMessage: deleteMessage(queues),
    DeleteMessageBatch: deleteMessageBatch(queues),
    ChangeMessageVisibility: changeMessageVisibility(queues),
    GetQueueAttributes: getQueueAttributes(queues),
    GetQueueUrl: getQueueUrl(queues),
  };
}

/** The access that an operation on one queue needs. */
function on(queues: Queues, action: string) {
  return (input: { readonly QueueUrl: string }) => [
    { action: `sqs:${action}`, resource: queues.byUrl(input.QueueUrl).arn },
  ];
}

function sendMessage(queues: Queues): AnyOperation {
  return operation({
    uses: ['QueueUrl', 'MessageBody', 'DelaySeconds'],
    access: on(queues, 'SendMessage'),
    handle(input: SendInput, { principal }: Call) {
      checkSize(Buffer.byteLength(input.MessageBody));
      if (!isText(input.MessageBody)) throw new AwsError('InvalidMessageContents', INVALID_TEXT);
      const message = newMessage(input.MessageBody, principal);
      queues.byUrl(input.QueueUrl).add([message], delayOf(input.DelaySeconds));
      return { MessageId: message.id, MD5OfMessageBody: message.md5 };
    },
  });
}

function sendMessageBatch(queues: Queues): AnyOperation {
  return operation({
    uses: ['QueueUrl', 'Entries'],
    access: on(queues, 'SendMessage'),
    handle(input: BatchInput<Entry & Omit<SendInput, 'QueueUrl'>>, { principal }: Call) {
      const entries = checkBatch(input.Entries, ['Id', 'MessageBody', 'DelaySeconds']);
      checkSize(entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0));
      const queue = queues.byUrl(input.QueueUrl);
      const Failed = entries
        .filter(({ MessageBody }) => !isText(MessageBody))
        .map(({ Id }) => ({ Id, SenderFault: true, Code: 'InvalidMessageContents', Message: INVALID_TEXT }));
      const sound = entries.filter(({ MessageBody }) => isText(MessageBody));
      const Successful = sound.map((entry) => {
        const message = newMessage(entry.MessageBody, principal);
        queue.add([message], delayOf(entry.DelaySeconds));
        return { Id: entry.Id, MessageId: message.id, MD5OfMessageBody: message.md5 };
      });
      return { Successful, Failed };
    },
  });
}

function receiveMessage(queues: Queues): AnyOperation {
  return operation({
    uses: [
      'QueueUrl',
      'MaxNumberOfMessages',
      'WaitTimeSeconds',
      'VisibilityTimeout',
      'AttributeNames',
      'MessageSystemAttributeNames',
    ],
    inert: { MessageAttributeNames: 'a message cannot be sent with attributes here, so that there are none to name' },
    access: on(queues, 'ReceiveMessage'),
    async handle(input: ReceiveInput) {
      const queue = queues.byUrl(input.QueueUrl);
      const max = within('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, 1, 10);
      const wait = within('WaitTimeSeconds', input.WaitTimeSeconds ?? queue.settings.receiveWait / 1000, 0, 20) * 1000;
      const visibility = visibilityOf(input.VisibilityTimeout ?? queue.settings.visibilityTimeout / 1000);
      const messages = await queue.receive(max, wait, visibility, queues.closing);
      const wanted = new Set([...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]);
      return messages.length === 0 ? {} : { Messages: messages.map((message) => presentMessage(message, wanted)) };
    },
  });
}

function deleteMessage(queues: Queues): AnyOperation {
  return operation({
    uses: ['QueueUrl', 'ReceiptHandle'],
    access: on(queues, 'DeleteMessage'),
    handle(input: { readonly QueueUrl: string; readonly ReceiptHandle: string }) {
      queues.byUrl(input.QueueUrl).remove([parseHandle(input.ReceiptHandle)]);
      return {};
    },
  });
}

function deleteMessageBatch(queues: Queues): AnyOperation {
  return operation({
    uses: ['QueueUrl', 'Entries'],
    access: on(queues, 'DeleteMessage'),
    handle(input: BatchInput<Entry & { readonly ReceiptHandle: string }>) {
      const entries = checkBatch(input.Entries, ['Id', 'ReceiptHandle']);
      queues.byUrl(input.QueueUrl).remove(entries.map(({ ReceiptHandle }) => parseHandle(ReceiptHandle)));
      return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
    },
  });
}

function changeMessageVisibility(queues: Queues): AnyOperation {
  return operation({
    uses: ['QueueUrl', 'ReceiptHandle', 'VisibilityTimeout'],
    access: on(queues, 'ChangeMessageVisibility'),
    handle(input: { readonly QueueUrl: string; readonly ReceiptHandle: string; readonly VisibilityTimeout: number }) {
      const { id, receiveCount } = parseHandle(input.ReceiptHandle);
      const timeout = visibilityOf(input.VisibilityTimeout);
      if (!queues.byUrl(input.QueueUrl).changeVisibility(id, receiveCount, timeout)) {
        throw new AwsError('MessageNotInflight', `Message ${id} is not in flight: it is deleted or visible again.`);
      }
      return {};
    },
  });
}

function getQueueAttributes(queues: Queues): AnyOperation {
  return operation({
    uses: ['QueueUrl', 'AttributeNames'],
    access: on(queues, 'GetQueueAttributes'),
    handle(input: { readonly QueueUrl: string; readonly AttributeNames?: readonly string[] }) {
      const all = queueAttributes(queues.byUrl(input.QueueUrl));
      const wanted = input.AttributeNames ?? [];
      const unknown = wanted.find((name) => name !== 'All' && !(name in all));
      if (unknown !== undefined) {
        throw new AwsError('InvalidAttributeName', `Attribute ${unknown} is not emulated by the local cloud.`);
      }
      const Attributes = Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name));
      return { Attributes: Object.fromEntries(Attributes) };
    },
  });
}

function getQueueUrl(queues: Queues): AnyOperation {
  return operation({
    uses: ['QueueName'],
    access: (input: { readonly QueueName: string }) => [
      { action: 'sqs:GetQueueUrl', resource: queues.byUrl(input.QueueName).arn },
    ],
    handle: (input: { readonly QueueName: string }) => ({ QueueUrl: queues.urlOf(queues.byUrl(input.QueueName)) }),
  });
}

function presentMessage(message: Message, wanted: ReadonlySet<string>) {
  const attributes = Object.entries(systemAttributes(message)).filter(
    ([name]) => wanted.has('All') || wanted.has(name),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(message),
    Body: message.body,
    MD5OfBody: message.md5,
    ...(attributes.length === 0 ? {} : { Attributes: Object.fromEntries(attributes) }),
  };
}

function queueAttributes(queue: Queue): Readonly<Record<string, string>> {
  const { visible, inFlight, delayed } = queue.counts();
  const { redrive } = queue.settings;
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(queue.settings.visibilityTimeout / 1000),
    MessageRetentionPeriod: String(queue.settings.retention / 1000),
    DelaySeconds: String(queue.settings.delay / 1000),
    ReceiveMessageWaitTimeSeconds: String(queue.settings.receiveWait / 1000),
    ...(redrive === undefined
      ? {}
      : {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: redrive.target()?.arn,
            maxReceiveCount: redrive.maxReceiveCount,
          }),
        }),
  };
}
