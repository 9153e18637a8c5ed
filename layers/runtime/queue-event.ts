/** A message of a queue, in the form that Lambda hands over. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly eventSourceARN: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string; readonly SentTimestamp?: string };
}

/** An event of a queue. `readEvent` fills in the rest. */
export interface QueueEvent {
  readonly record: QueueRecord;
  /** Says in the log which event it is. */
  known?: Readonly<Record<string, unknown>>;
  detail?: unknown;
}
