import { createHash, randomUUID } from 'node:crypto';
import type { Principal } from '../../kernel/iam.ts';
import { type AnyOperation, AwsError, type Call } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import type { Message, Queue } from './queue.ts';

/** The most that one message, or one batch, may hold. */
const MAX_BYTES = 1_048_576;
const MAX_VISIBILITY_S = 43_200;

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

interface Entry {
  readonly Id: string;
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

/** The SQS operations that the product and its operator call. A FIFO queue, message attributes and purging are not emulated. */
export function sqsOperations(queues: Queues): Readonly<Record<string, AnyOperation>> {
  const on = (action: string) => (input: { readonly QueueUrl: string }) => [
    { action: `sqs:${action}`, resource: queues.byUrl(input.QueueUrl).arn },
  ];
  return {
    SendMessage: operation({
      uses: ['QueueUrl', 'MessageBody', 'DelaySeconds'],
      access: on('SendMessage'),
      handle(input: SendInput, { principal }: Call) {
        checkSize(Buffer.byteLength(input.MessageBody));
        if (!isText(input.MessageBody)) throw new AwsError('InvalidMessageContents', INVALID_TEXT);
        const message = newMessage(input.MessageBody, principal);
        queues.byUrl(input.QueueUrl).add([message], delayOf(input.DelaySeconds));
        return { MessageId: message.id, MD5OfMessageBody: message.md5 };
      },
    }),
    SendMessageBatch: operation({
      uses: ['QueueUrl', 'Entries'],
      access: on('SendMessage'),
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
    }),
    ReceiveMessage: operation({
      uses: [
        'QueueUrl',
        'MaxNumberOfMessages',
        'WaitTimeSeconds',
        'VisibilityTimeout',
        'AttributeNames',
        'MessageSystemAttributeNames',
      ],
      inert: { MessageAttributeNames: 'a message cannot be sent with attributes here, so that there are none to name' },
      access: on('ReceiveMessage'),
      async handle(input: ReceiveInput) {
        const queue = queues.byUrl(input.QueueUrl);
        const max = within('MaxNumberOfMessages', input.MaxNumberOfMessages ?? 1, 1, 10);
        const wait =
          within('WaitTimeSeconds', input.WaitTimeSeconds ?? queue.settings.receiveWait / 1000, 0, 20) * 1000;
        const visibility = visibilityOf(input.VisibilityTimeout ?? queue.settings.visibilityTimeout / 1000);
        const messages = await queue.receive(max, wait, visibility, queues.closing);
        const wanted = new Set([...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]);
        return messages.length === 0 ? {} : { Messages: messages.map((message) => presentMessage(message, wanted)) };
      },
    }),
    DeleteMessage: operation({
      uses: ['QueueUrl', 'ReceiptHandle'],
      access: on('DeleteMessage'),
      handle(input: { readonly QueueUrl: string; readonly ReceiptHandle: string }) {
        queues.byUrl(input.QueueUrl).remove([parseHandle(input.ReceiptHandle)]);
        return {};
      },
    }),
    DeleteMessageBatch: operation({
      uses: ['QueueUrl', 'Entries'],
      access: on('DeleteMessage'),
      handle(input: BatchInput<Entry & { readonly ReceiptHandle: string }>) {
        const entries = checkBatch(input.Entries, ['Id', 'ReceiptHandle']);
        queues.byUrl(input.QueueUrl).remove(entries.map(({ ReceiptHandle }) => parseHandle(ReceiptHandle)));
        return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
      },
    }),
    ChangeMessageVisibility: operation({
      uses: ['QueueUrl', 'ReceiptHandle', 'VisibilityTimeout'],
      access: on('ChangeMessageVisibility'),
      handle(input: { readonly QueueUrl: string; readonly ReceiptHandle: string; readonly VisibilityTimeout: number }) {
        const { id, receiveCount } = parseHandle(input.ReceiptHandle);
        const timeout = visibilityOf(input.VisibilityTimeout);
        if (!queues.byUrl(input.QueueUrl).changeVisibility(id, receiveCount, timeout)) {
          throw new AwsError('MessageNotInflight', `Message ${id} is not in flight: it is deleted or visible again.`);
        }
        return {};
      },
    }),
    GetQueueAttributes: operation({
      uses: ['QueueUrl', 'AttributeNames'],
      access: on('GetQueueAttributes'),
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
    }),
    GetQueueUrl: operation({
      uses: ['QueueName'],
      access: (input: { readonly QueueName: string }) => [
        { action: 'sqs:GetQueueUrl', resource: queues.byUrl(input.QueueName).arn },
      ],
      handle: (input: { readonly QueueName: string }) => ({ QueueUrl: queues.urlOf(queues.byUrl(input.QueueName)) }),
    }),
  };
}

/** A message as it is accepted, with the MD5 by which clients check that it arrived whole. */
export function newMessage(
  body: string,
  principal: Principal,
): Omit<Message, 'order' | 'visibleAt' | 'receiveCount' | 'firstReceivedAt'> {
  const senderId =
    principal.kind === 'role' ? principal.arn : principal.kind === 'service' ? principal.name : 'operator';
  return { id: randomUUID(), body, md5: createHash('md5').update(body).digest('hex'), sentAt: Date.now(), senderId };
}

/** The system attributes that AWS gives with a message; all values are strings, times in milliseconds. */
export function systemAttributes(message: Message): Readonly<Record<string, string>> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    SentTimestamp: String(message.sentAt),
    SenderId: message.senderId,
    ...(message.deadLetterSource === undefined ? {} : { DeadLetterQueueSourceArn: message.deadLetterSource }),
  };
}

/** Names one receipt of a message: each receive makes those before it stale. */
export function receiptHandle({ id, receiveCount }: Message): string {
  return Buffer.from(`${id}:${receiveCount}`).toString('base64url');
}

/** Throws `ReceiptHandleIsInvalid` where the text was never a handle. */
export function parseHandle(handle: string): { readonly id: string; readonly receiveCount: number } {
  const [, id, count] = /^([0-9a-f-]{36}):(\d+)$/.exec(Buffer.from(handle, 'base64url').toString()) ?? [];
  if (id === undefined) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  return { id, receiveCount: Number(count) };
}

const INVALID_TEXT =
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';

/** True for text that an XML document may hold, which is what SQS takes. */
function isText(body: string): boolean {
  return /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u.test(body);
}

/** Throws AWS's error for a message or batch that is empty or holds more than 1 MiB. */
export function checkSize(bytes: number): void {
  if (bytes === 0) throw new AwsError('InvalidParameterValue', 'The request must contain the parameter MessageBody.');
  if (bytes > MAX_BYTES) {
    throw new AwsError(
      'InvalidParameterValue',
      `The message must be shorter than ${MAX_BYTES} bytes; it has ${bytes}.`,
    );
  }
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

/** A batch has one to ten entries with distinct ids; a member of an entry that has no effect here is refused by name. */
function checkBatch<E extends Entry>(entries: readonly E[], known: readonly string[]): readonly E[] {
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `A batch has at most 10 entries; this one has ${entries.length}.`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Each entry of a batch must have an Id of its own.');
  }
  const foreign = entries.flatMap((entry) => Object.keys(entry)).find((name) => !known.includes(name));
  if (foreign !== undefined) {
    throw new AwsError('InvalidParameterValue', `Entries[].${foreign} is not emulated by the local cloud.`);
  }
  return entries;
}

function delayOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : within('DelaySeconds', seconds, 0, 900) * 1000;
}

function visibilityOf(seconds: number): number {
  return within('VisibilityTimeout', seconds, 0, MAX_VISIBILITY_S) * 1000;
}

function within(name: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${low} and ${high}.`,
  );
}
