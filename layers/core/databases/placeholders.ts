/**
 * What stands for a value of a database until the app's objects are written: passwords are read then, and are in no record. It is bounded by the
 * character NUL, which no variable can hold, so that nobody can write one.
 */
export function placeholderOf(databaseId: string, name: string): string {
  return `\0${databaseId}.${name}\0`;
}

const MARK = /\0(dbs_[0-9A-Z]{26})\.([A-Z_]+)\0/g;

/** The databases that a text takes values of. */
export function databasesIn(text: string): string[] {
  return [...new Set([...text.matchAll(MARK)].map(([, id = '']) => id))];
}

/** The text with each value in its place. */
export function replacePlaceholders(text: string, read: (databaseId: string, name: string) => string): string {
  return text.replaceAll(MARK, (_, id: string, name: string) => read(id, name));
}
