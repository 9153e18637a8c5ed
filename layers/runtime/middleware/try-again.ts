import { awsErrorName } from '@gantry/cloud/failures.ts';
import { hideMessage } from '@gantry/cloud/sqs.ts';
import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import type middy from '@middy/core';
import * as z from 'zod';
import type { LambdaContext } from '../event.ts';
import { describeError, logLine } from '../log.ts';
import type { QueueEvent, QueueRecord } from '../queue-event.ts';

/**
 * Answers `false` for an event that was not applied. The queue delivers it again: after growing pauses when another try may help, otherwise at once,
 * so that it soon reaches the dead-letter queue.
 */
export const tryAgain: middy.MiddlewareObj<QueueEvent, boolean, Error, LambdaContext> = {
  async onError(request) {
    await hide(request.event.record, isWorthRetrying(request.error));
    request.response = false;
  },
};

/** 1, 4, 16 and 64 seconds: together less than the queue's own pause before a second try. */
async function hide(record: QueueRecord, retry: boolean): Promise<void> {
  const seconds = retry ? 4 ** (Number(record.attributes.ApproximateReceiveCount) - 1) : 0;
  try {
    await hideMessage(record.eventSourceARN, record.receiptHandle, Math.min(seconds, 900));
  } catch (error) {
    logLine('error', 'event comes back late', { messageId: record.messageId, error: describeError(error) });
  }
}

/** Another try cannot help with an event that cannot be read, an error that core calls final, or a call that a policy denies. */
function isWorthRetrying(error: unknown): boolean {
  if (error instanceof GantryError) return errorKinds[error.kind].retryable;
  const denied = /^AccessDenied|^ForbiddenException$/.test(awsErrorName(error));
  return !(denied || error instanceof z.ZodError || error instanceof SyntaxError);
}
