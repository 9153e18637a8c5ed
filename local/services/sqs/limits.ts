import { AwsError } from '../../kernel/service.ts';

const MAX_VISIBILITY_S = 43_200;

/** An entry of a batch. */
export interface Entry {
  readonly Id: string;
}

/** A batch has one to ten entries with distinct ids; an entry's field without an effect here is refused by name. */
export function checkBatch<E extends Entry>(entries: readonly E[], known: readonly string[]): readonly E[] {
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `A batch has at most 10 entries; this one has ${entries.length}.`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Each entry of a batch must have an Id of its own.');
  }
  const foreign = entries.flatMap((entry) => Object.keys(entry)).find((name) => !known.includes(name));
  if (foreign !== undefined) {
    throw new AwsError('InvalidParameterValue', `Entries[].${foreign} is not emulated by the local cloud.`);
  }
  return entries;
}

/** A delay in milliseconds. Throws `InvalidParameterValue` for more than 15 minutes. */
export function delayOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : within('DelaySeconds', seconds, 0, 900) * 1000;
}

/** A visibility timeout in milliseconds. Throws `InvalidParameterValue` for more than 12 hours. */
export function visibilityOf(seconds: number): number {
  return within('VisibilityTimeout', seconds, 0, MAX_VISIBILITY_S) * 1000;
}

/** The value itself. Throws `InvalidParameterValue` outside of its range. */
export function within(name: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${low} and ${high}.`,
  );
}
