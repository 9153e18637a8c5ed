/** From the least to the gravest. */
export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

const words: Readonly<Record<string, Level>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'error',
  critical: 'error',
  panic: 'error',
};

/** The level of a line: the field `level` or `severity` of a JSON object, as a word or as pino's number; otherwise a word at its beginning. */
export function levelOf(text: string): Level {
  if (text.startsWith('{')) {
    const [, word, number] = /"(?:level|severity)"\s*:\s*(?:"(\w+)"|(\d+))/i.exec(text) ?? [];
    if (number !== undefined) return levelOfNumber(Number(number));
    return words[word?.toLowerCase() ?? ''] ?? 'info';
  }
  // Behind a time and a bracket, as most loggers have them.
  const [, word] = /^(?:[\d\-:.,/TZ+\s]*)\[?([A-Za-z]+)\b/.exec(text) ?? [];
  return words[word?.toLowerCase() ?? ''] ?? 'info';
}

/** pino: 20 debug, 30 info, 40 warn, 50 error. */
function levelOfNumber(number: number): Level {
  if (number >= 50) return 'error';
  if (number >= 40) return 'warn';
  return number >= 30 ? 'info' : 'debug';
}
