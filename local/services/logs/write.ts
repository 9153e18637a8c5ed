import type { Iam, Principal } from '../../kernel/iam.ts';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { Meter } from '../../kernel/meter.ts';
import type { LogLine } from '../../kernel/ports.ts';
import { type AnyOperation, AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import type { LogDatabase } from './database.ts';

/** Limits of one PutLogEvents: events, and bytes with 26 for each event. */
const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
const OVERHEAD = 26;
/** Lines older than two weeks or more than two hours ahead are rejected one by one. */
const OLDEST_MS = 14 * 86_400_000;
const AHEAD_MS = 2 * 3_600_000;

export interface Writing {
  readonly db: LogDatabase;
  readonly iam: Iam;
  readonly meter: Meter;
  /** Lines arrived in a group. */
  arrived(group: string): void;
  /** Reads accepted lines. */
  read(group: string, lines: readonly LogLine[]): void;
}

/** The ARN of a group as a resource of its policies, `…:log-group:<name>:*`. */
export function groupArn(group: string): string {
  return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}:*`;
}

/** The ARN for access to a stream; an action on the whole group uses an empty stream, as AWS does. */
export function streamArn(group: string, stream = ''): string {
  return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${group}:log-stream:${stream}`;
}

interface StreamInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export function writeOperations(writing: Writing): Readonly<Record<string, AnyOperation>> {
  const { db } = writing;
  const onStream = (name: string) => (input: StreamInput) => [
    { action: `logs:${name}`, resource: streamArn(input.logGroupName, input.logStreamName) },
  ];
  return {
    CreateLogGroup: operation({
      uses: ['logGroupName'],
      inert: { tags: 'tags have no effect' },
      access: (input: { readonly logGroupName: string }) => [
        { action: 'logs:CreateLogGroup', resource: streamArn(input.logGroupName) },
      ],
      handle(input: { readonly logGroupName: string }) {
        if (db.addGroup(input.logGroupName)) return {};
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      },
    }),
    CreateLogStream: operation({
      uses: ['logGroupName', 'logStreamName'],
      access: onStream('CreateLogStream'),
      handle({ logGroupName, logStreamName }: StreamInput) {
        requireGroup(db, logGroupName);
        checkStreamName(logStreamName);
        if (db.hasStream(logGroupName, logStreamName)) {
          throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
        }
        db.addStream(logGroupName, logStreamName);
        return {};
      },
    }),
    PutLogEvents: operation({
      uses: ['logGroupName', 'logStreamName', 'logEvents'],
      inert: { sequenceToken: 'AWS ignores it since 2023' },
      access: onStream('PutLogEvents'),
      handle(input: StreamInput & { readonly logEvents: readonly LogLine[] }) {
        requireStream(db, input.logGroupName, input.logStreamName);
        checkBatch(input.logEvents);
        return putLines(writing, input.logGroupName, input.logStreamName, input.logEvents);
      },
    }),
  };
}

/**
 * Writes lines for `principal`, and creates a missing stream, which needs another permission. Lines are sorted by time, and split into batches within
 * the limits of PutLogEvents.
 */
export async function write(
  writing: Writing,
  group: string,
  stream: string,
  lines: readonly LogLine[],
  principal: Principal,
): Promise<void> {
  if (lines.length === 0) return;
  const { db, iam } = writing;
  const resource = streamArn(group, stream);
  requireGroup(db, group);
  if (!db.hasStream(group, stream)) {
    checkStreamName(stream);
    iam.require(principal, { action: 'logs:CreateLogStream', resource });
    db.addStream(group, stream);
  }
  iam.require(principal, { action: 'logs:PutLogEvents', resource });
  putLines(
    writing,
    group,
    stream,
    lines.toSorted((a, b) => a.timestamp - b.timestamp),
  );
}

/** Throws AWS's error for a missing group. */
export function requireGroup(db: LogDatabase, group: string): void {
  if (!db.hasGroup(group)) {
    throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${group}`);
  }
}

/** Throws AWS's error for a missing stream. */
export function requireStream(db: LogDatabase, group: string, stream: string): void {
  requireGroup(db, group);
  if (!db.hasStream(group, stream)) {
    throw new AwsError('ResourceNotFoundException', `The specified log stream does not exist: ${stream}`);
  }
}

function putLines({ db, meter, arrived, read }: Writing, group: string, stream: string, lines: readonly LogLine[]) {
  const now = Date.now();
  const tooOld = lines.findLastIndex(({ timestamp }) => timestamp < now - OLDEST_MS);
  const tooNew = lines.findIndex(({ timestamp }) => timestamp > now + AHEAD_MS);
  const accepted = lines.slice(tooOld + 1, tooNew < 0 ? lines.length : tooNew);
  if (accepted.length > 0) db.append(group, stream, accepted);
  meter.count('logs.bytes', bytesOf(accepted));
  arrived(group);
  read(group, accepted);
  if (tooOld < 0 && tooNew < 0) return {};
  return {
    rejectedLogEventsInfo: {
      ...(tooOld < 0 ? {} : { tooOldLogEventEndIndex: tooOld + 1 }),
      ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
    },
  };
}

function checkBatch(events: readonly LogLine[]): void {
  const invalid = (why: string) => new AwsError('InvalidParameterException', why);
  if (events.length === 0 || events.length > MAX_EVENTS)
    throw invalid(`logEvents must have 1 to ${MAX_EVENTS} members.`);
  if (bytesOf(events) > MAX_BYTES) throw invalid(`Upload too large: more than ${MAX_BYTES} bytes.`);
  if (events.some((event, index) => index > 0 && event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  if (events.some(({ message }) => message === '')) throw invalid('A log event must have a message.');
}

function checkStreamName(name: string): void {
  if (name === '' || name.length > 512 || /[:*]/.test(name)) {
    throw new AwsError(
      'InvalidParameterException',
      `logStreamName ${name} must have 1 to 512 characters and neither : nor *`,
    );
  }
}

function bytesOf(events: readonly LogLine[]): number {
  return events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + OVERHEAD, 0);
}
