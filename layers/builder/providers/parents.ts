import { posix } from 'node:path';

/** The folders above one, the nearest first; `.` is the last. */
export function parents(folder: string): string[] {
  return folder === '.' ? [] : [posix.dirname(folder), ...parents(posix.dirname(folder))];
}
