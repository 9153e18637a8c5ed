import { logLevels, logWriters } from '@gantry/contract/log-levels.ts';
import type { LogFilter } from '@gantry/contract/schemas/logs.ts';

/** The filters of a log, and the line to which the address points. */
export interface LogSearch extends Pick<LogFilter, 'text' | 'level' | 'writer' | 'replica' | 'release'> {
  readonly line?: string;
}

const oneOf = <T extends string>(values: readonly T[], given: unknown) => values.find((each) => each === given);
const textOf = (given: unknown) => (typeof given === 'string' && given !== '' ? given.slice(0, 200) : undefined);

/** The search of an address, without values that are no filters. */
export function logSearch(search: Record<string, unknown>): LogSearch {
  const read = {
    text: textOf(search.text),
    level: oneOf(logLevels, search.level),
    writer: oneOf(logWriters, search.writer),
    replica: textOf(search.replica),
    release: textOf(search.release),
    line: textOf(search.line),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

/** The filter of a search, without the line to which it points. */
export function filterOf({ line: _, ...filter }: LogSearch): LogFilter {
  return filter;
}
