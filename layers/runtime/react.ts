import { EventEnvelope } from '@gantry/contract/events.ts';
import middy from '@middy/core';
import type * as z from 'zod';
import type { LambdaContext } from './event.ts';
import { around } from './middleware/around.ts';
import { callLog } from './middleware/call-log.ts';
import { readEvent } from './middleware/read-event.ts';
import { eventTrace } from './middleware/trace.ts';
import { tryAgain } from './middleware/try-again.ts';
import type { QueueEvent, QueueRecord } from './queue-event.ts';

interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** The Lambda handler of a consumer of the platform's own events, as in `reactTo`. */
export function react(apply: (envelope: EventEnvelope) => Promise<void>) {
  return reactTo(EventEnvelope, apply);
}

/**
 * The Lambda handler of a consumer: passes the detail of each event of a batch to `apply`, and reports the failed ones. Only those are delivered
 * again, and end in the dead-letter queue. Delivery is at least once: `apply` must be harmless when repeated.
 */
export function reactTo<S extends z.ZodType>(schema: S, apply: (detail: z.output<S>) => Promise<void>) {
  const applied = middy<QueueEvent, boolean, Error, LambdaContext>()
    .use(tryAgain)
    .use(eventLog)
    .use(readEvent(schema))
    .handler(async ({ detail }) => {
      await apply(detail as z.output<S>);
      return true;
    });
  const traced = around<QueueEvent, boolean>(eventTrace, applied);
  return async (
    { Records }: { readonly Records: readonly QueueRecord[] },
    context: LambdaContext,
  ): Promise<BatchAnswer> => {
    const failed = await Promise.all(
      Records.map(async (record) =>
        (await traced({ record }, context)) ? [] : [{ itemIdentifier: record.messageId }],
      ),
    );
    return { batchItemFailures: failed.flat() };
  };
}

const eventLog = callLog<QueueEvent, boolean>({
  kind: 'event',
  done: 'event applied',
  failed: 'event not applied',
  about: ({ record }) => ({ messageId: record.messageId }),
  measures: ({ record }) => ({ EventAge: { value: ageOf(record), unit: 'Seconds' } }),
  outcome: ({ known }) => known ?? {},
});

/** The age of a message, in seconds. */
function ageOf({ attributes: { SentTimestamp } }: QueueRecord): number {
  return SentTimestamp === undefined ? 0 : Math.max(0, Math.round((Date.now() - Number(SentTimestamp)) / 1000));
}
