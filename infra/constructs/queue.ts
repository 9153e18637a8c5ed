import { Duration } from 'aws-cdk-lib';
import { type EventBus, type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { deadLettersOf } from './dead-letters.ts';
import type { GantryFunction } from './function.ts';
import { allow } from './links.ts';
import type { Platform } from './platform.ts';

/** An event is tried this often before it goes to the dead-letter queue. */
const ATTEMPTS = 5;
/** A queue hides a message for six times the consumer's time limit, as AWS advises, so that a slow one is not repeated. */
const VISIBILITY_FACTOR = 6;

export interface ConsumerQueueProps {
  readonly platform: Platform;
  /** The events of the queue; none when its messages come from elsewhere. */
  readonly events?: {
    /** Default: the account's default bus, on which AWS's services report. */
    readonly bus?: EventBus;
    readonly pattern: EventPattern;
  };
  readonly consumer: GantryFunction;
  readonly consumerTimeout: Duration;
  /** The most messages per invocation; default 10. */
  readonly batchSize?: number;
  readonly maxConcurrency: number;
}

/** A queue with its rule, its dead-letter queue, and its consuming function. A failed message does not fail the others of its batch. */
export class ConsumerQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: ConsumerQueueProps) {
    super(scope, id);
    const dead = deadLetterQueue(this, props.platform, id);
    const queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(props.consumerTimeout.toSeconds() * VISIBILITY_FACTOR),
      deadLetterQueue: { queue: dead, maxReceiveCount: ATTEMPTS },
    });
    this.queue = queue;
    if (props.events !== undefined) {
      const { bus, pattern } = props.events;
      new Rule(this, 'Rule', {
        ...(bus && { eventBus: bus as IEventBus }),
        description: `Events for ${id}`,
        eventPattern: pattern,
        targets: [new SqsQueue(queue)],
      });
    }
    props.consumer.addToRolePolicy(
      allow(
        'ConsumeQueue',
        ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
        queue.queueArn,
      ),
    );
    new EventSourceMapping(this, 'Consume', {
      target: props.consumer,
      eventSourceArn: queue.queueArn,
      batchSize: props.batchSize ?? 10,
      reportBatchItemFailures: true,
      maxConcurrency: props.maxConcurrency,
    });
  }
}

/** Keeps failed messages for two weeks, under a name that the redrive command knows. The reconciler counts them. */
export function deadLetterQueue(scope: Construct, platform: Platform, consumer: string): Queue {
  const queue = new Queue(scope, 'DeadLetters', {
    queueName: deadLettersOf(platform.stage.stage, consumer),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  platform.deadLetters.push(queue);
  return queue;
}

/**
 * Keeps asynchronous invocations that AWS gave up after three tries: nobody else hears of them, because the caller does not wait. They are for
 * reading, not for a redrive: docs/runbooks/dead-letters.md says what replaces them.
 */
export function keepFailures(scope: Construct, platform: Platform, consumer: GantryFunction, name: string): void {
  const dead = deadLetterQueue(new Construct(scope, 'Failures'), platform, name);
  consumer.addToRolePolicy(allow('KeepFailures', ['sqs:SendMessage'], dead.queueArn));
  consumer.configureAsyncInvoke({ onFailure: { bind: () => ({ destination: dead.queueArn }) } });
}
