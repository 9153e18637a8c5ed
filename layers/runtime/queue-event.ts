/** A message of a queue as Lambda passes it. */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly eventSourceARN: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string; readonly SentTimestamp?: string };
}

/** An event of a queue. `readEvent` sets the rest. */
export interface QueueEvent {
  readonly record: QueueRecord;
  /** Identifies the event in the log. */
  known?: Readonly<Record<string, unknown>>;
  detail?: unknown;
}
