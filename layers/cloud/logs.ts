import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

const logs = new CloudWatchLogsClient(clientDefaults);

/** An event of a log group. A subscription delivers it with the same id. */
export interface LogEvent {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly message: string;
  readonly stream: string;
}

export interface LogQuery {
  readonly group: string;
  readonly streamPrefix: string;
  /** Only events from the first instant to the second, in milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  readonly pattern?: string | undefined;
  /** The most events, 1 to 10,000. */
  readonly limit: number;
  /** The token of the page before; all other fields must be the same. */
  readonly token?: string | undefined;
}

export interface LogEvents {
  readonly events: readonly LogEvent[];
  /** Undefined at the present end. An empty page may have a next one. */
  readonly next: string | undefined;
}

/**
 * One page of the events of all streams with a prefix, oldest first; none without such a stream. Throws AWS's InvalidParameterException for a
 * malformed token. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export async function filterEvents(query: LogQuery): Promise<LogEvents> {
  const { group, streamPrefix, since, until, pattern, limit, token } = query;
  const input: FilterLogEventsCommandInput = {
    logGroupName: group,
    logStreamNamePrefix: streamPrefix,
    limit,
    ...(since !== undefined && { startTime: since }),
    ...(until !== undefined && { endTime: until }),
    ...(pattern !== undefined && { filterPattern: pattern }),
    ...(token !== undefined && { nextToken: token }),
  };
  try {
    const answer = await available('The log', () => logs.send(new FilterLogEventsCommand(input)));
    const events = (answer.events ?? []).map((event) => ({
      id: event.eventId ?? '',
      at: event.timestamp ?? 0,
      message: event.message ?? '',
      stream: event.logStreamName ?? '',
    }));
    return { events, next: answer.nextToken };
  } catch (error) {
    if (awsErrorName(error) === 'ResourceNotFoundException') return { events: [], next: undefined };
    throw error;
  }
}

const TAIL_PAGES = 20;
const TAIL_PAGE = 10_000;
const RECENT_MS = 15 * 60_000;

/**
 * The last lines of all streams with a prefix, oldest first: of the last quarter of an hour or, if that is empty, of all time. It reads at most 20
 * pages, 20 MB.
 */
export async function tailOfStreams(group: string, streamPrefix: string, lines: number): Promise<string[]> {
  const recent = await tailSince(group, streamPrefix, lines, Date.now() - RECENT_MS);
  return recent.length > 0 ? recent : tailSince(group, streamPrefix, lines, undefined);
}

async function tailSince(
  group: string,
  streamPrefix: string,
  lines: number,
  since: number | undefined,
): Promise<string[]> {
  let tail: string[] = [];
  let token: string | undefined;
  for (let page = 0; page < TAIL_PAGES; page++) {
    const { events, next } = await filterEvents({ group, streamPrefix, since, limit: TAIL_PAGE, token });
    tail = [...tail, ...events.map(({ message }) => message.trimEnd())].slice(-lines);
    if (next === undefined) break;
    token = next;
  }
  return tail;
}

/** Writes lines into a stream, and creates the stream if needed. `at` is in milliseconds since 1970. */
export async function putEvents(
  group: string,
  stream: string,
  lines: readonly { readonly at: number; readonly message: string }[],
): Promise<void> {
  const named = { logGroupName: group, logStreamName: stream };
  const logEvents = lines
    .map(({ at, message }) => ({ timestamp: at, message }))
    .sort((a, b) => a.timestamp - b.timestamp);
  const put = () => available('The log', () => logs.send(new PutLogEventsCommand({ ...named, logEvents })));
  try {
    await put();
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceNotFoundException') throw error;
    await createStream(named);
    await put();
  }
}

async function createStream(named: { logGroupName: string; logStreamName: string }): Promise<void> {
  try {
    await available('The log', () => logs.send(new CreateLogStreamCommand(named)));
  } catch (error) {
    if (awsErrorName(error) !== 'ResourceAlreadyExistsException') throw error;
  }
}
