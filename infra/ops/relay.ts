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

/** The relay's record of an outbox item that it could not read. */
const Poison = z.object({ envelope: z.string() });
/** Lambda's record of stream records that the relay failed to handle. */
const Position = z.object({
  DDBStreamBatchInfo: z.object({ startSequenceNumber: z.string(), endSequenceNumber: z.string(), batchSize: z.int() }),
});

/** How long a received message is hidden from other receivers, in seconds. */
const HIDDEN_SECONDS = 60;

/**
 * Sends events to the bus that the relay could not read but this version of the contract can, and removes their
 * messages. SQS can only move messages that SQS itself put into a dead-letter queue, so this function does the work of
 * a move task. Messages that are still not events stay, with the reason; so do positions in the stream.
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

/** Sends one event. Returns the reason if the message is not an event. */
async function put(bus: EventBridgeClient, EventBusName: string, { Body = '' }: Message): Promise<string | undefined> {
  const body = parsed(Body);
  const position = Position.safeParse(body).data?.DDBStreamBatchInfo;
  if (position !== undefined) {
    const { batchSize, startSequenceNumber, endSequenceNumber } = position;
    return `${batchSize} records of the table's stream, ${startSequenceNumber} to ${endSequenceNumber}: read them there within a day of their commit, or in the table by pk event#… within seven`;
  }
  const { envelope: Detail = '' } = Poison.safeParse(body).data ?? {};
  const envelope = EventEnvelope.safeParse(parsed(Detail));
  if (!envelope.success) return `it is not an event of this version: ${z.prettifyError(envelope.error)}`;
  const entry = { EventBusName, Source: EVENT_SOURCE, DetailType: envelope.data.name, Detail };
  const { Entries = [] } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
  return Entries[0]?.ErrorCode === undefined ? undefined : `the bus refused the event: ${Entries[0].ErrorMessage}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
