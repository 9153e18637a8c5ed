/** The longest commit message and author's name in records, in UTF-16 units. */
const MAX_MESSAGE = 200;
const MAX_AUTHOR = 100;

/** The first line of a commit's message, as shown. */
export function titleOf(message: string): string {
  const [line = ''] = message.split(/[\r\n]/, 1);
  return cut(line, MAX_MESSAGE);
}

/** The name of a commit's author, as shown. */
export function authorOf(name: string): string {
  return cut(name, MAX_AUTHOR);
}

/** A text's beginning, cut after a whole character. */
function cut(text: string, units: number): string {
  const isBetweenHalves = text.length > units && (text.codePointAt(units - 1) ?? 0) > 0xffff;
  return text.slice(0, isBetweenHalves ? units - 1 : units).toWellFormed();
}
