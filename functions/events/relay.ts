import { relay } from '@gantry/core/kernel/outbox/relay.ts';
import { logLine } from '@gantry/runtime/log.ts';

interface StreamEvent {
  readonly Records: readonly {
    readonly dynamodb: {
      readonly SequenceNumber: string;
      readonly NewImage?: { readonly envelope?: { readonly S?: string } };
    };
  }[];
}

/** The table's stream → the bus. The event source's filter lets only outbox items through. */
export async function handler({ Records }: StreamEvent) {
  const outbox = Records.flatMap(({ dynamodb }) => {
    const envelope = dynamodb.NewImage?.envelope?.S;
    return envelope === undefined ? [] : [{ envelope, sequence: dynamodb.SequenceNumber }];
  });
  const { sent, failedAt } = await relay(outbox.map((record) => record.envelope));
  for (const { id, name, traceId } of sent) logLine('info', 'event sent', { id, name, traceId });
  const failed = failedAt === undefined ? undefined : outbox[failedAt];
  return { batchItemFailures: failed ? [{ itemIdentifier: failed.sequence }] : [] };
}
