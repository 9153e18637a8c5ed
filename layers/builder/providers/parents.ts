import { posix } from 'node:path';

/** The parent folders of a folder, nearest first. The last is `.`. */
export function parents(folder: string): string[] {
  return folder === '.' ? [] : [posix.dirname(folder), ...parents(posix.dirname(folder))];
}
