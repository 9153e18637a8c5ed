import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { EVENT_SOURCE, EventEnvelope } from '@gantry/contract/events.ts';
import * as z from 'zod';

/** What the relay wrote of an outbox item that it could not read. */
const Poison = z.object({ envelope: z.string() });
/** What Lambda wrote of records that the relay failed on until it gave up. */
const Position = z.object({
  DDBStreamBatchInfo: z.object({ startSequenceNumber: z.string(), endSequenceNumber: z.string(), batchSize: z.int() }),
});

/** For how long a message that is looked at is hidden, in seconds. */
const HIDDEN_SECONDS = 60;

/**
 * Sends to the bus what the relay could not read and this version of the contract can, and removes it. SQS moves no messages that
 * it did not bury itself, so this does by hand what a move task does for the other queues. What is still no event stays, as
 * does a position in the stream, with the reason.
 */
export async function redriveRelay(sqs: SQSClient, bus: EventBridgeClient, queueName: string, busName: string) {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueName }));
  const seen = new Set<string>();
  const left: string[] = [];
  let sent = 0;
  for (;;) {
    const receive = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_SECONDS, WaitTimeSeconds: 1 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
    const fresh = Messages.filter(({ MessageId = '' }) => !seen.has(MessageId));
    if (fresh.length === 0) return { sent, left };
    for (const message of fresh) {
      seen.add(message.MessageId ?? '');
      const refusal = await put(bus, busName, message);
      if (refusal !== undefined) {
        left.push(`${message.MessageId}: ${refusal}`);
        continue;
      }
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      sent += 1;
    }
  }
}

/** Sends one event; answers why not, where it is none. */
async function put(bus: EventBridgeClient, EventBusName: string, { Body = '' }: Message): Promise<string | undefined> {
  const body = parsed(Body);
  const position = Position.safeParse(body).data?.DDBStreamBatchInfo;
  if (position !== undefined) {
    const { batchSize, startSequenceNumber, endSequenceNumber } = position;
    return `${batchSize} records of the table's stream, ${startSequenceNumber} to ${endSequenceNumber}: read them there within a day of their commit, or in the table by pk event#… within seven`;
  }
  const { envelope: Detail = '' } = Poison.safeParse(body).data ?? {};
  const envelope = EventEnvelope.safeParse(parsed(Detail));
  if (!envelope.success) return `it is no event of this version: ${z.prettifyError(envelope.error)}`;
  const entry = { EventBusName, Source: EVENT_SOURCE, DetailType: envelope.data.name, Detail };
  const { Entries = [] } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
  return Entries[0]?.ErrorCode === undefined ? undefined : `the bus refused it: ${Entries[0].ErrorMessage}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
