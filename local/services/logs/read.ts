import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { eventId, type LogDatabase, type Position, positionOf, type Row } from './database.ts';
import { compilePattern } from './pattern.ts';
import { requireGroup, requireStream, streamArn } from './write.ts';

const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
const FOREVER = Number.MAX_SAFE_INTEGER;

interface FilterInput {
  readonly logGroupName: string;
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

interface GetInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly limit?: number;
  readonly nextToken?: string;
  readonly startFromHead?: boolean;
}

interface DescribeInput {
  readonly logGroupName: string;
  readonly logStreamNamePrefix?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

/** Reading by the group's name. Group ARNs and most filter patterns are not emulated. Times are in milliseconds since 1970. */
export function readOperations(db: LogDatabase): Readonly<Record<string, AnyOperation>> {
  return {
    FilterLogEvents: operation({
      uses: [
        'logGroupName',
        'logStreamNames',
        'logStreamNamePrefix',
        'startTime',
        'endTime',
        'filterPattern',
        'limit',
        'nextToken',
      ],
      inert: { interleaved: 'AWS always interleaves the streams since 2019' },
      access: ({ logGroupName }: FilterInput) => [
        { action: 'logs:FilterLogEvents', resource: streamArn(logGroupName) },
      ],
      handle: (input: FilterInput) => filter(db, input),
    }),
    GetLogEvents: operation({
      uses: ['logGroupName', 'logStreamName', 'startTime', 'endTime', 'limit', 'nextToken', 'startFromHead'],
      access: ({ logGroupName, logStreamName }: GetInput) => [
        { action: 'logs:GetLogEvents', resource: streamArn(logGroupName, logStreamName) },
      ],
      handle: (input: GetInput) => get(db, input),
    }),
    DescribeLogStreams: operation({
      uses: ['logGroupName', 'logStreamNamePrefix', 'limit', 'nextToken'],
      access: ({ logGroupName }: DescribeInput) => [
        { action: 'logs:DescribeLogStreams', resource: streamArn(logGroupName) },
      ],
      handle: ({ logGroupName, logStreamNamePrefix = '', limit = 50, nextToken = '' }: DescribeInput) => {
        requireGroup(db, logGroupName);
        const most = within(limit, 50);
        const streams = db.streams(logGroupName, logStreamNamePrefix, nextToken, most);
        return {
          logStreams: streams.map(({ name, created }) => ({
            logStreamName: name,
            creationTime: created,
            arn: streamArn(logGroupName, name),
          })),
          ...(streams.length < most ? {} : { nextToken: streams.at(-1)?.name }),
        };
      },
    }),
  };
}

function filter(db: LogDatabase, input: FilterInput) {
  const { logGroupName: group, logStreamNames, logStreamNamePrefix, nextToken } = input;
  if (logStreamNames !== undefined && logStreamNamePrefix !== undefined) {
    throw invalid('logStreamNames and logStreamNamePrefix exclude each other.');
  }
  requireGroup(db, group);
  for (const stream of logStreamNames ?? []) requireStream(db, group, stream);
  const streams =
    logStreamNamePrefix === undefined
      ? logStreamNames
      : db.streams(group, logStreamNamePrefix, '', MAX_EVENTS).map(({ name }) => name);
  const limit = within(input.limit ?? MAX_EVENTS, MAX_EVENTS);
  const matches = input.filterPattern ? compilePattern(input.filterPattern) : undefined;
  const rows = db.range({
    group,
    ...(streams === undefined ? {} : { streams }),
    from: input.startTime ?? 0,
    to: input.endTime ?? FOREVER,
    ...(nextToken === undefined ? {} : { after: tokenPosition(nextToken) }),
    ...(matches === undefined ? {} : { matches }),
    limit,
  });
  const page = firstMegabyte(rows);
  const last = page.at(-1);
  return {
    events: page.map((row) => ({ logStreamName: row.stream, eventId: eventId(row), ...present(row) })),
    searchedLogStreams: [],
    ...(last === undefined || (page.length === rows.length && rows.length < limit) ? {} : { nextToken: eventId(last) }),
  };
}

/** Pages in both directions; at an end the token stays the same, which tells callers so. */
function get(db: LogDatabase, input: GetInput) {
  const { logGroupName: group, logStreamName: stream, nextToken } = input;
  requireStream(db, group, stream);
  const [, direction, id = ''] = nextToken === undefined ? [] : (/^([fb])\/(.+)$/.exec(nextToken) ?? ['', '?', '']);
  const at = direction === undefined ? undefined : tokenPosition(id);
  const forward = direction === undefined ? input.startFromHead === true : direction === 'f';
  const rows = db.range({
    group,
    streams: [stream],
    from: input.startTime ?? 0,
    to: (input.endTime ?? FOREVER) - 1,
    ...(at === undefined ? {} : forward ? { after: at } : { before: at }),
    descending: !forward,
    limit: within(input.limit ?? MAX_EVENTS, MAX_EVENTS),
  });
  const page = firstMegabyte(rows);
  if (!forward) page.reverse();
  const end = at ?? { time: forward ? 0 : Date.now(), seq: 0 };
  return {
    events: page.map(present),
    nextForwardToken: `f/${eventId(page.at(-1) ?? end)}`,
    nextBackwardToken: `b/${eventId(page[0] ?? end)}`,
  };
}

function present({ time, message, ingested }: Row) {
  return { timestamp: time, message, ingestionTime: ingested };
}

function firstMegabyte(rows: readonly Row[]): Row[] {
  let bytes = 0;
  const over = rows.findIndex(({ message }) => {
    bytes += Buffer.byteLength(message);
    return bytes > MAX_BYTES;
  });
  return rows.slice(0, over < 0 ? rows.length : Math.max(over, 1));
}

function tokenPosition(token: string): Position {
  const position = positionOf(token);
  if (position === undefined) throw invalid('The specified nextToken is invalid.');
  return position;
}

function within(limit: number, most: number): number {
  if (limit < 1 || limit > most) throw invalid(`limit must be between 1 and ${most}.`);
  return limit;
}

function invalid(why: string): AwsError {
  return new AwsError('InvalidParameterException', why);
}
