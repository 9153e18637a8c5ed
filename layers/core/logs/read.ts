import { awsErrorName } from '@gantry/cloud/failures.ts';
import { filterEvents, type LogEvent, type LogQuery } from '@gantry/cloud/logs.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { lineFilter } from '@gantry/contract/log-filter.ts';
import type { LogFilter, LogLine, LogPage } from '@gantry/contract/schemas/logs.ts';
import { encodedSize } from '../kernel/frames.ts';
import type { PageQuery } from '../kernel/page.ts';
import { decodeCursor, encodeCursor, invalidCursor, type Position } from './cursor.ts';
import { isPrinted, lineOf, type Origin } from './lines.ts';
import { patternOf } from './pattern.ts';

const DEFAULT_LIMIT = 100;
/** How many events are read at a time when a filter leaves most of them out. */
const SCANNED = 2_000;
/** A request reads at most this many answers of CloudWatch, for this many milliseconds. The client continues with the cursor. */
const PAGES = 10;
const LONGEST_MS = 10_000;
/** The most bytes of a page's lines as JSON: a function answers up to 6 MB, in which each quotation mark counts twice. */
const MAX_BYTES = 2 * 1024 * 1024;

export interface LogPageQuery extends LogFilter, PageQuery {}

/** The streams of a log, and which lines in them belong to the log. */
export interface Streams {
  readonly group: string;
  readonly streamPrefix: string;
  readonly topic: string;
  originOf(stream: string): Origin | undefined;
}

/**
 * A page of the lines that pass the filter, oldest first. CloudWatch filters by stream, time and text as far as it can; then the clients' own filter
 * decides.
 */
export async function readPage(
  streams: Streams,
  { limit = String(DEFAULT_LIMIT), cursor, ...asked }: LogPageQuery,
): Promise<LogPage> {
  const most = Number(limit);
  const position: Position = cursor === undefined ? firstOf(asked, most) : decodeCursor(cursor);
  const { filter, scan } = position;
  let { token, after } = position;
  const page = createPage(streams, filter, most);
  const query = cloudQuery(streams, filter, scan);
  const deadline = Date.now() + LONGEST_MS;
  for (let read = 1; ; read++) {
    const { events, next } = await filterEvents({ ...query, token }).catch((error: unknown) => {
      throw token !== undefined && awsErrorName(error) === 'InvalidParameterException' ? invalidCursor(error) : error;
    });
    const last = page.take(after === undefined ? events : behind(events, after));
    const { lines } = page;
    if (last !== undefined)
      return { lines, next: encodeCursor({ filter, scan, ...(token && { token }), after: last }) };
    if (next === undefined) return { lines, next: null };
    const rests = lines.length === most || read === PAGES || Date.now() > deadline;
    if (rests) return { lines, next: encodeCursor({ filter, scan, token: next }) };
    [token, after] = [next, undefined];
  }
}

function firstOf(filter: LogFilter, most: number): Position {
  const { text, level, writer } = filter;
  return { filter, scan: [text, level, writer].every((part) => part === undefined) ? most : SCANNED };
}

function cloudQuery({ group, streamPrefix }: Streams, filter: LogFilter, limit: number): LogQuery {
  const { text, release, replica, since, until } = filter;
  const narrowed = replica !== undefined ? `${replica}/` : release !== undefined ? toKubernetesName(release) : '';
  return {
    group,
    streamPrefix: `${streamPrefix}${narrowed}`,
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
    pattern: text === undefined ? undefined : patternOf(text),
    limit,
  };
}

/** The events after a given one; all events when that one is gone, because clients merge lines by id. */
function behind(events: readonly LogEvent[], id: string): readonly LogEvent[] {
  return events.slice(events.findIndex((event) => event.id === id) + 1);
}

/** Collects lines up to a number and a size. */
function createPage({ originOf, topic }: Streams, filter: LogFilter, most: number) {
  const wanted = lineFilter(filter);
  const lines: LogLine[] = [];
  let bytes = 0;
  return {
    lines,
    /** Answers the id of the last event taken, when not all were taken. */
    take(events: readonly LogEvent[]): string | undefined {
      for (const [index, event] of events.entries()) {
        const origin = originOf(event.stream);
        if (origin?.topic !== topic || !isPrinted(event.message, origin)) continue;
        const line = lineOf(event, origin);
        if (!wanted(line)) continue;
        lines.push(line);
        bytes += encodedSize(line);
        if ((lines.length === most || bytes > MAX_BYTES) && index + 1 < events.length) return event.id;
      }
      return undefined;
    },
  };
}
