import { environment } from '@gantry/cloud/environment.ts';
import { MAX_ENTRIES, putEvents } from '@gantry/cloud/eventbridge.ts';
import { EVENT_SOURCE } from '@gantry/contract/events.ts';
import { envelopeOf } from './outbox.ts';

/**
 * Puts committed events on the bus in the order of the stream and answers the index of the first that was not taken, or undefined.
 * From there the stream hands them over again: delivery is at least once.
 */
export async function relay(envelopes: readonly string[]): Promise<number | undefined> {
  for (let start = 0; start < envelopes.length; start += MAX_ENTRIES) {
    const batch = envelopes.slice(start, start + MAX_ENTRIES);
    const refused = await putEvents(
      batch.map((text) => ({
        EventBusName: environment('BUS_NAME'),
        Source: EVENT_SOURCE,
        DetailType: envelopeOf(text).name,
        Detail: text,
      })),
    );
    if (refused[0] !== undefined) return start + refused[0];
  }
  return undefined;
}
