import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientDefaults } from './client.ts';

// A queue's address names the queue only; the server is the configured endpoint's.
const sqs = new SQSClient({ ...clientDefaults, useQueueUrlAsEndpoint: false });

/** Sends text (at most 1 MiB) to a queue, which delays it by `delaySeconds`, 0 to 900. */
export async function sendMessage(queueUrl: string, text: string, delaySeconds = 0): Promise<void> {
  const delay = delaySeconds > 0 && { DelaySeconds: delaySeconds };
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text, ...delay }));
}

/** Makes a message in flight receivable again after `seconds`, 0 to 43,200. */
export async function hideMessage(queueArn: string, receiptHandle: string, seconds: number): Promise<void> {
  const visibility = { ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: urlOf(queueArn), ...visibility }));
}

/** The approximate number of receivable messages in a queue. */
export async function queueDepth(queueUrl: string): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames }));
  return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
function urlOf(queueArn: string): string {
  const [, , , region, account, name] = queueArn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
