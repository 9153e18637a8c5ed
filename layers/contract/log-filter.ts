import { logLevels } from './log-levels.ts';
import type { LogFilter, LogLevel, LogLine } from './schemas/logs.ts';

const GRAVITY: readonly LogLevel[] = logLevels;

/** Whether a line passes the filter. The API's pages and clients of live frames both use this function, so both show the same lines. */
export function lineFilter({
  text,
  level,
  release,
  replica,
  writer,
  since,
  until,
}: LogFilter): (line: LogLine) => boolean {
  const holds = text === undefined ? undefined : new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'i');
  const least = level === undefined ? 0 : GRAVITY.indexOf(level);
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const to = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
  return (line) =>
    line.at >= from &&
    line.at <= to &&
    (replica === undefined || line.source === replica) &&
    (writer === undefined || (writer === 'gantry') === (line.platform ?? false)) &&
    (release === undefined || line.release === release) &&
    (least === 0 || GRAVITY.indexOf(line.level ?? 'info') >= least) &&
    (holds === undefined || holds.test(line.text));
}
