import { awsErrorName } from '@gantry/cloud/failures.ts';
import { hideMessage } from '@gantry/cloud/sqs.ts';
import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import { EventEnvelope } from '@gantry/contract/events.ts';
import { joinTrace, underTrace } from '@gantry/core/kernel/request.ts';
import * as z from 'zod';
import { describeError, logLine, millisecondsSince } from './log.ts';

const Message = z.object({ detail: z.unknown() });

/** What an event may say of itself: its name and id, or the execution that it is about, and its trace. */
const Known = z
  .object({ id: z.string(), name: z.string(), execution: z.string(), traceId: z.string() })
  .partial()
  .catch({});

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

/** The Lambda handler of a consumer of the platform's own events, as `reactTo` has it. */
export function react(apply: (envelope: EventEnvelope) => Promise<void>) {
  return reactTo(EventEnvelope, apply);
}

/**
 * The Lambda handler of a consumer: gives the detail of each event of a batch to `apply` and reports the ones that failed, which alone
 * come back and end in the dead-letter queue: after growing pauses where another try may help, at once where it cannot. Delivery is at
 * least once: `apply` must be harmless when repeated.
 */
export function reactTo<S extends z.ZodType>(detail: S, apply: (detail: z.output<S>) => Promise<void>) {
  return async ({ Records }: { readonly Records: readonly QueueRecord[] }): Promise<BatchAnswer> => {
    const failed = await Promise.all(
      Records.map(async (record) => {
        const done = await underTrace(undefined, () => attempt(record, detail, apply));
        return done ? [] : [{ itemIdentifier: record.messageId }];
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
}

/** Whether the event of a record was applied. */
async function attempt<S extends z.ZodType>(
  record: QueueRecord,
  detail: S,
  apply: (detail: z.output<S>) => Promise<void>,
): Promise<boolean> {
  const startedAt = performance.now();
  const { messageId, body } = record;
  let known: z.infer<typeof Known> = {};
  const fields = () => ({ messageId, ...known, ms: millisecondsSince(startedAt) });
  try {
    const event = detail.parse(Message.parse(JSON.parse(body)).detail);
    known = Known.parse(event);
    joinTrace(known.traceId);
    await apply(event);
    logLine('info', 'event applied', fields());
    return true;
  } catch (error) {
    logLine('error', 'event not applied', { ...fields(), error: describeError(error) });
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
