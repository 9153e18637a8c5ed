import { GantryError } from './errors.ts';

const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;
const QUOTED: Readonly<Record<string, RegExp>> = {
  "'": /'([^']*)'/y,
  '"': /"((?:[^"\\]|\\[\s\S])*)"/y,
  '`': /`([^`]*)`/y,
};
/** What may follow a quoted value on its line. */
const REST = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const PLAIN = /(?:(?<=[ \t])#[^\n]*|([^\n]*?)(?:[ \t]+#[^\n]*)?[ \t]*)(?:\n|$)/y;
const SKIPPED = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * The variables of `.env` text, in order; the last value of a repeated name counts. Lines are `NAME=value`, with or without `export`. Values are
 * plain or quoted, and quoted ones may have several lines. In double quotes `\n`, `\r`, `\t`, `\"`, `\$`, `` \` `` and `\\` are escapes. `#` begins a
 * comment. Nothing is expanded. Throws Invalid with the number of the line, and without its content.
 */
export function parseDotenv(text: string): Map<string, string> {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const variables = new Map<string, string>();
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < source.length) {
    const line = lineAt(source, at);
    if (take(SKIPPED)) continue;
    const [, name = ''] = take(ASSIGNMENT) ?? refuse(line, 'is no NAME=value, comment or empty line');
    const quote = source[at] ?? '';
    const quoted = QUOTED[quote];
    if (quoted === undefined) {
      variables.set(name, take(PLAIN)?.[1] ?? '');
      continue;
    }
    const [, content = ''] = take(quoted) ?? refuse(line, `begins a value with ${quote} that never ends`);
    if (!take(REST)) refuse(line, 'has text after the end of its quoted value');
    variables.set(name, quote === '"' ? unescaped(content) : content);
  }
  return variables;
}

/**
 * `.env` text that `parseDotenv` reads back as the same variables. Bash runs nothing when it sources the text. Values that pass `isPortable` mean the
 * same to bash, `node --env-file` and python-dotenv (without its own `${}`), because none of them expands anything in single quotes.
 */
export function formatDotenv(variables: Iterable<readonly [string, string]>): string {
  return [...variables].map(([name, value]) => `${name}=${formatted(value)}\n`).join('');
}

/** Whether every reader of `.env` files can read the value. */
export function isPortable(value: string): boolean {
  return fitsSingleQuotes(value) || fitsDoubleQuotes(value);
}

function formatted(value: string): string {
  if (/^[\w\-./:@+,%=]*$/.test(value)) return value;
  if (fitsSingleQuotes(value)) return `'${value}'`;
  if (fitsDoubleQuotes(value)) return `"${value}"`;
  return `"${value.replace(/["$`\\]/g, '\\$&').replaceAll('\r', '\\r')}"`;
}

/** In single quotes only python-dotenv has escapes: a backslash before another backslash or before the quote. */
function fitsSingleQuotes(value: string): boolean {
  return !/['\r]|\\\\|\\$/.test(value);
}

/** In double quotes each reader has its own escapes. */
function fitsDoubleQuotes(value: string): boolean {
  return !/["$`\\\r]/.test(value);
}

function unescaped(content: string): string {
  return content.replace(/\\([nrt"$`\\])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}

function lineAt(source: string, at: number): number {
  return source.slice(0, at).split('\n').length;
}

function refuse(line: number, why: string): never {
  throw new GantryError('Invalid', `Line ${line} ${why}.`);
}
