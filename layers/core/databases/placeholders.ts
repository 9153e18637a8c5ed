/**
 * A text that stands for a value of a database until the app's objects are written. Only then passwords are read, so no
 * record holds them. The placeholder begins and ends with the character NUL. No variable can hold that character, so
 * nobody can write a placeholder.
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
