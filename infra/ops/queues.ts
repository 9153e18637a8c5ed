import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';

const POLL_MS = 200;
/** How long a redrive may take. Two weeks of dead letters move at hundreds a second. */
const TIMEOUT_MS = 30 * 60_000;

/** The approximate number of messages that can be received from a queue. */
export async function depthOf(sqs: SQSClient, name: string): Promise<number> {
  const { ApproximateNumberOfMessages = '0' } = await attributesOf(sqs, name);
  return Number(ApproximateNumberOfMessages);
}

/**
 * Moves the messages of a dead-letter queue back to the queue that they came from, and returns their number once all
 * are moved. Throws if AWS ends the task otherwise, or after half an hour. Messages that were moved stay moved.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
 */
export async function redriveQueue(sqs: SQSClient, name: string): Promise<number> {
  const { QueueArn: SourceArn } = await attributesOf(sqs, name);
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const { Results: [task] = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
    if (task?.Status === 'COMPLETED') return task.ApproximateNumberOfMessagesMoved ?? 0;
    if (task?.Status !== 'RUNNING') throw new Error(`the task ended ${task?.Status}: ${task?.FailureReason}`);
  }
  throw new Error(`the task still runs after ${TIMEOUT_MS / 60_000} minutes; AWS continues it without this command`);
}

async function attributesOf(sqs: SQSClient, name: string): Promise<Readonly<Record<string, string>>> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  const AttributeNames = ['QueueArn' as const, 'ApproximateNumberOfMessages' as const];
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Attributes;
}
