import { createHash, randomUUID } from 'node:crypto';
import type { Principal } from '../../kernel/iam.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Message } from './queue.ts';

/** The most bytes of one message, or of one batch. */
const MAX_BYTES = 1_048_576;

/** An accepted message, with the MD5 by which clients check its arrival. */
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

/** Names one receipt of a message: each receive invalidates earlier ones. */
export function receiptHandle({ id, receiveCount }: Message): string {
  return Buffer.from(`${id}:${receiveCount}`).toString('base64url');
}

/** Throws `ReceiptHandleIsInvalid` for a text that was never a handle. */
export function parseHandle(handle: string): { readonly id: string; readonly receiveCount: number } {
  const [, id, count] = /^([0-9a-f-]{36}):(\d+)$/.exec(Buffer.from(handle, 'base64url').toString()) ?? [];
  if (id === undefined) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  return { id, receiveCount: Number(count) };
}

/** True for text that an XML document may hold, which SQS requires. */
export function isText(body: string): boolean {
  return /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u.test(body);
}

/** Throws AWS's error for an empty message or batch, and for more than 1 MiB. */
export function checkSize(bytes: number): void {
  if (bytes === 0) throw new AwsError('InvalidParameterValue', 'The request must contain the parameter MessageBody.');
  if (bytes > MAX_BYTES) {
    throw new AwsError(
      'InvalidParameterValue',
      `The message must be shorter than ${MAX_BYTES} bytes; it has ${bytes}.`,
    );
  }
}
