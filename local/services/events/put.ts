import { randomUUID } from 'node:crypto';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { type BusEvent, busArn } from './route.ts';

/** Limits of one PutEvents request: entries, and bytes of all of them together. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;
/** AWS bills each 64 KB of an event as one. */
const BILLED_BYTES = 65_536;

interface PutEventsEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Resources?: readonly string[];
  /** Seconds since 1970. */
  readonly Time?: number;
}

type Result = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** PutEvents: answers once every matching queue holds the event. An invalid entry fails alone. */
export function putEvents(
  kernel: Kernel,
  hasBus: (arn: string) => boolean,
  publish: (arn: string, event: BusEvent) => Promise<void>,
): AnyOperation {
  const busOf = (entry: PutEventsEntry) => busArn(entry.EventBusName ?? 'default');
  const put = async (entry: PutEventsEntry): Promise<Result> => {
    const refused = refusal(entry);
    if (refused !== undefined) return refused;
    const event = newEvent(entry.Source ?? '', entry.DetailType ?? '', JSON.parse(entry.Detail ?? ''), entry);
    kernel.meter.count('events.events', Math.ceil(sizeOf(entry) / BILLED_BYTES));
    await publish(busOf(entry), event);
    return { EventId: event.id };
  };
  return operation({
    uses: ['Entries'],
    access: (input: { readonly Entries: readonly PutEventsEntry[] }) =>
      [...new Set(input.Entries.map(busOf))].map((resource) => ({ action: 'events:PutEvents', resource })),
    async handle({ Entries }: { readonly Entries: readonly PutEventsEntry[] }) {
      if (Entries.length === 0 || Entries.length > MAX_ENTRIES) {
        throw new AwsError(
          'ValidationException',
          `Entries must have 1 to ${MAX_ENTRIES} members; it has ${Entries.length}.`,
        );
      }
      const bytes = Entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
      if (bytes > MAX_BYTES) {
        throw new AwsError(
          'ValidationException',
          `Total size of the entries in the request is over the limit: ${bytes}.`,
        );
      }
      // AWS accepts events for a missing bus and drops them: here that mistake must be visible.
      const missing = Entries.map(busOf).find((arn) => !hasBus(arn));
      if (missing !== undefined) {
        throw new AwsError('ResourceNotFoundException', `Event bus ${missing} does not exist.`);
      }
      const results: Result[] = [];
      for (const entry of Entries) results.push(await put(entry));
      return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
    },
  });
}

/** An event under this account and region, with the given time or now. */
export function newEvent(
  source: string,
  detailType: string,
  detail: unknown,
  { Resources = [], Time = Date.now() / 1000 }: Pick<PutEventsEntry, 'Resources' | 'Time'>,
): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source,
    account: ACCOUNT,
    time: `${new Date(Time * 1000).toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: Resources,
    detail,
  };
}

const KNOWN = ['Source', 'DetailType', 'Detail', 'EventBusName', 'Resources', 'Time'];

function refusal(entry: PutEventsEntry): Result | undefined {
  const invalid = (ErrorMessage: string, ErrorCode = 'InvalidArgument') => ({ ErrorCode, ErrorMessage });
  const foreign = Object.keys(entry).find((name) => !KNOWN.includes(name));
  if (foreign !== undefined) return invalid(`local cloud: parameter ${foreign} of an entry is not emulated`);
  for (const name of ['Source', 'DetailType', 'Detail'] as const) {
    if ((entry[name] ?? '') === '')
      return invalid(`Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
  }
  if (entry.Source?.startsWith('aws.')) {
    return invalid('Not authorized for the source.', 'NotAuthorizedForSourceException');
  }
  return isJsonObject(entry.Detail ?? '') ? undefined : invalid('Detail is malformed.', 'MalformedDetail');
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-send-events-size */
function sizeOf(entry: PutEventsEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), entry.Time === undefined ? 0 : 14);
}
