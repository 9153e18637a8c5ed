import { awsErrorName } from '@gantry/cloud/failures.ts';
import { hideMessage } from '@gantry/cloud/sqs.ts';
import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import { EventEnvelope } from '@gantry/contract/events.ts';
import { joinTrace, underTrace } from '@gantry/core/request.ts';
import * as z from 'zod';
import { describeError, logLine, millisecondsSince } from './log.ts';

const Message = z.object({ detail: EventEnvelope });

interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly eventSourceARN: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * The Lambda handler of a consumer: gives each event of a batch to `apply` and reports the ones that failed, which alone come back
 * and end in the dead-letter queue: after growing pauses where another try may help, at once where it cannot. Delivery is at least
 * once: `apply` must be harmless when repeated.
 */
export function react(apply: (envelope: EventEnvelope) => Promise<void>) {
  return async ({ Records }: { readonly Records: readonly QueueRecord[] }): Promise<BatchAnswer> => {
    const failed = await Promise.all(
      Records.map(async (record) => {
        const done = await underTrace(undefined, () => attempt(record, apply));
        return done ? [] : [{ itemIdentifier: record.messageId }];
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
}

/** Whether the event of a record was applied. */
async function attempt(record: QueueRecord, apply: (envelope: EventEnvelope) => Promise<void>): Promise<boolean> {
  const startedAt = performance.now();
  try {
    const envelope = Message.parse(JSON.parse(record.body)).detail;
    joinTrace(envelope.traceId);
    await apply(envelope);
    const { id: eventId, name } = envelope;
    logLine('info', 'event applied', { eventId, name, ms: millisecondsSince(startedAt) });
    return true;
  } catch (error) {
    const { messageId } = record;
    logLine('error', 'event not applied', { messageId, ms: millisecondsSince(startedAt), error: describeError(error) });
    await comeBack(record, isWorthRetrying(error));
    return false;
  }
}

/** 1, 4, 16 and 64 seconds: together less than the time that the queue itself would let pass before a second try. */
async function comeBack(record: QueueRecord, retry: boolean): Promise<void> {
  const seconds = retry ? 4 ** (Number(record.attributes.ApproximateReceiveCount) - 1) : 0;
  try {
    await hideMessage(record.eventSourceARN, record.receiptHandle, Math.min(seconds, 900));
  } catch (error) {
    logLine('error', 'event comes back late', { messageId: record.messageId, error: describeError(error) });
  }
}

/** What cannot be read, what core refuses for good and what a policy denies stays so until somebody mends it. */
function isWorthRetrying(error: unknown): boolean {
  if (error instanceof GantryError) return errorKinds[error.kind].retryable;
  const denied = /^AccessDenied|^ForbiddenException$/.test(awsErrorName(error));
  return !(denied || error instanceof z.ZodError || error instanceof SyntaxError);
}
