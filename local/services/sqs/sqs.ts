import type { PolicyDocument } from '../../kernel/iam.ts';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { QueuePoller, QueueSender } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { checkSize, newMessage, parseHandle, receiptHandle, systemAttributes } from './message.ts';
import { createMoves } from './moves.ts';
import { type Queues, sqsOperations } from './operations.ts';
import { Queue, type QueueSettings } from './queue.ts';

const EXPIRY_MS = 60_000;

/** SQS: standard queues with visibility timeouts, delays, retention and dead-letter queues. */
export function createSqs(kernel: Kernel): Room & QueueSender & QueuePoller {
  const queues = new Map<string, Queue>();
  const closing = new AbortController();
  let expiry: NodeJS.Timeout | undefined;
  const byName = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${name}`);
    return queue;
  };
  const last = (text: string, separator: string) => text.slice(text.lastIndexOf(separator) + 1);
  const registry: Queues = {
    byUrl: (url) => byName(last(url, '/')),
    byArn: (arn) => byName(last(arn, ':')),
    urlOf: ({ name }) => `${kernel.addresses.aws}/${ACCOUNT}/${name}`,
    closing: closing.signal,
  };
  const { byArn } = registry;
  const sourcesOf = (deadLetters: Queue) =>
    [...queues.values()].filter(({ settings }) => settings.redrive?.target() === deadLetters);
  const moves = createMoves({ store: kernel.store, byArn, sourcesOf, closing: closing.signal });
  const operations = { ...sqsOperations(registry), ...moves.operations };

  return {
    services: [
      {
        signingName: 'sqs',
        protocol: 'json',
        model: () => import('@aws-sdk/client-sqs'),
        operations: metered(kernel, operations),
      },
    ],
    resources: [queueType(queues, registry), queuePolicyType(registry)],
    async send(queueArn, body, principal) {
      const queue = byArn(queueArn);
      kernel.iam.require(principal, { action: 'sqs:SendMessage', resource: queue.arn });
      kernel.meter.count('sqs.requests');
      checkSize(Buffer.byteLength(body));
      queue.add([newMessage(body, principal)]);
    },
    async receive(queueArn, max, waitMs, principal, signal) {
      const queue = byArn(queueArn);
      // AWS refuses an event source mapping whose role lacks either.
      for (const action of ['sqs:ReceiveMessage', 'sqs:GetQueueAttributes']) {
        kernel.iam.require(principal, { action, resource: queue.arn });
      }
      kernel.meter.count('sqs.requests');
      const ended = AbortSignal.any([signal, closing.signal]);
      const messages = await queue.receive(max, waitMs, queue.settings.visibilityTimeout, ended);
      return messages.map((message) => ({
        messageId: message.id,
        receiptHandle: receiptHandle(message),
        body: message.body,
        attributes: systemAttributes(message),
        md5OfBody: message.md5,
      }));
    },
    async remove(queueArn, receiptHandles, principal) {
      const queue = byArn(queueArn);
      kernel.iam.require(principal, { action: 'sqs:DeleteMessage', resource: queue.arn });
      kernel.meter.count('sqs.requests');
      queue.remove(receiptHandles.map(parseHandle));
    },
    start() {
      expiry = setInterval(() => {
        for (const queue of queues.values()) queue.expire(Date.now());
      }, EXPIRY_MS);
      moves.resume();
    },
    async stop() {
      clearInterval(expiry);
      closing.abort();
      for (const queue of queues.values()) queue.close();
    },
  };
}

interface QueueProperties {
  readonly QueueName?: string;
  readonly VisibilityTimeout?: number | string;
  readonly MessageRetentionPeriod?: number | string;
  readonly DelaySeconds?: number | string;
  readonly ReceiveMessageWaitTimeSeconds?: number | string;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number | string };
}

/** Defaults are those of AWS, in seconds: visible again after 30, kept for four days. */
function queueType(queues: Map<string, Queue>, registry: Queues): ResourceType {
  return {
    type: 'AWS::SQS::Queue',
    uses: [
      'QueueName',
      'VisibilityTimeout',
      'MessageRetentionPeriod',
      'DelaySeconds',
      'ReceiveMessageWaitTimeSeconds',
      'RedrivePolicy.deadLetterTargetArn',
      'RedrivePolicy.maxReceiveCount',
    ],
    inert: {
      SqsManagedSseEnabled: 'encryption at rest has no effect that a client can see',
      KmsMasterKeyId: 'encryption at rest has no effect that a client can see; AWS checks the key policy',
      Tags: 'tags have no effect',
    },
    declare(properties, place) {
      const given = properties as QueueProperties;
      const name = given.QueueName ?? place.name(80);
      if (name.endsWith('.fifo')) throw new Error(`${place.at}: FIFO queues are not emulated by the local cloud`);
      const redrive = given.RedrivePolicy;
      const settings: QueueSettings = {
        visibilityTimeout: Number(given.VisibilityTimeout ?? 30) * 1000,
        retention: Number(given.MessageRetentionPeriod ?? 345_600) * 1000,
        delay: Number(given.DelaySeconds ?? 0) * 1000,
        receiveWait: Number(given.ReceiveMessageWaitTimeSeconds ?? 0) * 1000,
        redrive:
          redrive === undefined
            ? undefined
            : {
                target: () =>
                  queues.get(redrive.deadLetterTargetArn.slice(redrive.deadLetterTargetArn.lastIndexOf(':') + 1)),
                maxReceiveCount: Number(redrive.maxReceiveCount),
              },
      };
      const arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
      const queue = queues.get(name) ?? new Queue(name, arn, settings, place.kernel.store);
      queue.settings = settings;
      queues.set(name, queue);
      return { ref: registry.urlOf(queue), attributes: { Arn: arn, QueueName: name, QueueUrl: registry.urlOf(queue) } };
    },
    remove(url) {
      const queue = registry.byUrl(url);
      queue.expire(Number.POSITIVE_INFINITY);
      queue.close();
      queues.delete(queue.name);
    },
  };
}

function queuePolicyType(registry: Queues): ResourceType {
  return {
    type: 'AWS::SQS::QueuePolicy',
    uses: ['PolicyDocument', 'Queues'],
    declare(properties, place) {
      const { PolicyDocument: policy, Queues: urls } = properties as {
        readonly PolicyDocument: PolicyDocument;
        readonly Queues: readonly string[];
      };
      for (const url of urls) place.kernel.iam.protect(registry.byUrl(url).arn, policy, place.at);
      return { ref: place.name(), attributes: {} };
    },
  };
}

/** Counts each request that a client makes. */
function metered(
  kernel: Kernel,
  operations: Readonly<Record<string, AnyOperation>>,
): Readonly<Record<string, AnyOperation>> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {
        ...operation,
        handle: (input: never, call) => {
          kernel.meter.count('sqs.requests');
          return operation.handle(input, call);
        },
      } satisfies AnyOperation,
    ]),
  );
}
