import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { clientDefaults } from './client.ts';

const eventbridge = new EventBridgeClient(clientDefaults);

/** The most entries that one PutEvents takes. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export const MAX_ENTRIES = 10;

/** Puts up to ten events on a bus and answers, by index, which ones it refused. */
export async function putEvents(entries: readonly PutEventsRequestEntry[]): Promise<number[]> {
  const answer = await eventbridge.send(new PutEventsCommand({ Entries: [...entries] }));
  return (answer.Entries ?? []).flatMap((entry, index) => (entry.ErrorCode === undefined ? [] : [index]));
}
