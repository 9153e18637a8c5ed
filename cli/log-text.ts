import type { LogLevel, LogLine } from '@gantry/contract/schemas/logs.ts';
import { paint, type Text, withItsColours } from './output.ts';

const COLOURS = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const satisfies Record<
  LogLevel,
  string
>;
/** The characters of a replica's name that tell it from others of its service. */
const REPLICA = 5;
/** Marks Gantry's lines about a replica, so that nobody takes them for the app's. */
const GANTRY = 'Gantry:';

/** A line of a log for people: level, message and fields of a JSON object; other lines as written. Gantry's lines about a replica have a mark. */
function logText(line: LogLine, withReplica: boolean): Text {
  const { at, text, level, message, fields = {}, source, platform = false } = line;
  const head = [
    paint('dim', new Date(at).toISOString()),
    ' ',
    ...(withReplica ? [paint('dim', `[${source.slice(-REPLICA)}] `)] : []),
  ];
  if (platform) return [...head, paint('magenta', `${GANTRY} ${text}`)];
  if (message === undefined && Object.keys(fields).length === 0) {
    const marked = level === 'warn' || level === 'error';
    return [...head, marked && !text.includes('\u001b') ? paint(COLOURS[level], text) : withItsColours(text)];
  }
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const tag = level === null ? [] : [paint(COLOURS[level], level.toUpperCase().padEnd(5)), ' '];
  const said = [message ?? '', ...rest].filter(Boolean).join(' ').replaceAll('\n', '\\n');
  return [...head, ...tag, said];
}

/** Prints lines as they arrive, with replica names as soon as a second replica appears. */
export function linePrinter(print: (line: LogLine, text: Text) => void): (lines: readonly LogLine[]) => void {
  const replicas = new Set<string>();
  return (lines) => {
    for (const { source } of lines) if (replicas.size < 2) replicas.add(source);
    for (const line of lines) print(line, logText(line, replicas.size > 1));
  };
}
