import type { LogLevel } from './schemas/logs.ts';

/** The longest kept line, in bytes of UTF-8, its mark included. */
export const MAX_LINE_BYTES = 32 * 1024;
const CUT_MARK = '… [cut at 32 KB]';

/** A line as kept: cut at 32 KB (or at fewer bytes) after a whole character, with a mark. */
export function cutLine(text: string, most: number = MAX_LINE_BYTES): string {
  // No character of UTF-16 takes more than three bytes.
  if (text.length * 3 <= most) return text;
  const encoder = new TextEncoder();
  const all = new Uint8Array(most);
  if (encoder.encodeInto(text, all).read === text.length) return text;
  const { read } = encoder.encodeInto(text, all.subarray(0, most - encoder.encode(CUT_MARK).length));
  return `${text.slice(0, read)}${CUT_MARK}`;
}

/** How many lines a second of a replica are kept by default; a line of several KB counts as several. */
export const LINES_PER_SECOND = 1000;

/** The line in place of those that a rate limit dropped. `perSecond` is the limit, in lines. */
export function droppedMarker(dropped: number, perSecond: number): string {
  const [lines, limit] = [dropped, perSecond].map((count) => count.toLocaleString('en-US'));
  const message = `… ${lines} lines dropped: this replica writes more than ${limit} lines a second`;
  return JSON.stringify({ level: 'warn', message, dropped });
}

/** The parts of a line beside its text. */
export interface LineStructure {
  readonly level: LogLevel | null;
  readonly message?: string;
  readonly fields?: Record<string, unknown>;
}

const LEVEL_KEYS = ['level', 'severity', 'lvl', 'levelname', 'log.level'];
const MESSAGE_KEYS = ['message', 'msg'];

/**
 * Reads a line. A JSON object has a message and fields, within bounds. In other lines only a clear level is read: `level=warn` as in logfmt,
 * `[error]`, or a level's name in capitals after nothing but a time. Throws for no text.
 */
export function structureOf(text: string): LineStructure {
  const object = objectOf(text);
  if (object === undefined) return { level: levelOfText(text) };
  const levelKey = LEVEL_KEYS.find((key) => levelOf(object[key]) !== null);
  const messageKey = MESSAGE_KEYS.find((key) => typeof object[key] === 'string');
  const message =
    messageKey === undefined ? undefined : cutLine(String(object[messageKey]).toWellFormed(), BOUNDS.bytes);
  const rest = Object.entries(object).filter(([key]) => key !== levelKey && key !== messageKey);
  return {
    level: levelKey === undefined ? null : levelOf(object[levelKey]),
    ...(message !== undefined && { message }),
    fields: fieldsOf(rest),
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Bounds of a line's `fields`, and of its `message` in bytes. */
const BOUNDS = { bytes: 4096, fields: 64, depth: 4, items: 32, characters: 1024, key: 128 } as const;

/** The fields of an object, in order, as far as there is room; a field without room is left out. */
function fieldsOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  let room: number = BOUNDS.bytes;
  const kept = entries.flatMap(([key, value]): [string, unknown][] => {
    if (key === '__proto__' || key.length > BOUNDS.key) return [];
    const field: [string, unknown] = [key.toWellFormed(), bounded(value, 1)];
    const size = new TextEncoder().encode(JSON.stringify(field)).length;
    if (size > room) return [];
    room -= size;
    return [field];
  });
  return Object.fromEntries(kept.slice(0, BOUNDS.fields));
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    const well = value.toWellFormed();
    return well.length <= BOUNDS.characters ? well : `${well.slice(0, BOUNDS.characters).toWellFormed()}…`;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth === BOUNDS.depth) return '…';
  if (Array.isArray(value)) return value.slice(0, BOUNDS.items).map((item) => bounded(item, depth + 1));
  const entries = Object.entries(value).filter(([key]) => key !== '__proto__' && key.length <= BOUNDS.key);
  return Object.fromEntries(
    entries.slice(0, BOUNDS.items).map(([key, item]) => [key.toWellFormed(), bounded(item, depth + 1)]),
  );
}

const NAMES: Readonly<Record<LogLevel, readonly string[]>> = {
  debug: ['debug', 'trace', 'verbose'],
  info: ['info', 'information', 'informational', 'notice'],
  warn: ['warn', 'warning'],
  error: ['error', 'err', 'fatal', 'critical', 'crit', 'alert', 'emergency', 'emerg', 'panic', 'severe'],
};
const LEVELS = new Map(
  (Object.keys(NAMES) as LogLevel[]).flatMap((level) => NAMES[level].map((name) => [name, level] as const)),
);

/** Levels by name in any case, or by the numbers of pino and bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function levelOf(value: unknown): LogLevel | null {
  if (typeof value === 'string') return LEVELS.get(value.toLowerCase()) ?? null;
  if (typeof value !== 'number' || value < 10 || value > 60) return null;
  return value < 30 ? 'debug' : value < 40 ? 'info' : value < 50 ? 'warn' : 'error';
}

const names = [...LEVELS.keys()].join('|');
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
const PLAIN: readonly RegExp[] = [
  new RegExp(`(?:^|\\s)(?:level|lvl|severity)="?(${names})"?(?=\\s|$)`, 'i'),
  new RegExp(`\\[\\s*(${names})\\s*\\]`, 'i'),
  new RegExp(`^[\\d\\s:.,/+TZ()[\\]|-]*(${names.toUpperCase()})(?=[\\s:\\]|]|$)`),
  /^(error|warning|fatal|panic):/i,
];
/** How far into a line a level is searched. */
const HEAD = 200;

function levelOfText(text: string): LogLevel | null {
  const head = text.slice(0, HEAD).replace(COLOUR, '');
  const [, name = ''] = PLAIN.map((pattern) => pattern.exec(head)).find((match) => match !== null) ?? [];
  return LEVELS.get(name.toLowerCase()) ?? null;
}
