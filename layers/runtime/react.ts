import { EventEnvelope } from '@gantry/contract/events.ts';
import * as z from 'zod';
import { describeError, logLine } from './log.ts';

const Message = z.object({ detail: EventEnvelope });

interface QueueEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * The Lambda handler of a consumer: gives each event of a batch to `apply` and reports the ones that failed, which alone come back
 * and end in the dead-letter queue. Delivery is at least once: `apply` must be harmless when repeated.
 */
export function react(apply: (envelope: EventEnvelope) => Promise<void>): (event: QueueEvent) => Promise<BatchAnswer> {
  return async ({ Records }) => {
    const outcomes = await Promise.allSettled(
      Records.map(async ({ body }) => apply(Message.parse(JSON.parse(body)).detail)),
    );
    const failed = outcomes.flatMap((outcome, index) => {
      const record = Records[index];
      if (outcome.status === 'fulfilled' || record === undefined) return [];
      logLine('error', 'event not applied', { messageId: record.messageId, ...describeError(outcome.reason) });
      return [{ itemIdentifier: record.messageId }];
    });
    return { batchItemFailures: failed };
  };
}
