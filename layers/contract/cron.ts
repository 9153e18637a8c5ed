/** A schedule in its normal form, or its problem. */
export type ReadSchedule = { readonly schedule: string } | { readonly problem: string };

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of values, the first one of `min`. */
  readonly names: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'weekday', min: 0, max: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
];
/** Of each month, in a leap year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SUNDAY = 7;

class Problem extends Error {}

/**
 * Reads a cron schedule as people write it: five fields with names (MON-FRI, JAN), 7 for Sunday, any spaces, or @daily and similar. The normal form
 * is five fields of numbers with 0 for Sunday, which every cluster accepts. A schedule that is never due is a problem, and so are extensions of other
 * crons (L, W, #, CRON_TZ).
 */
export function readSchedule(text: string): ReadSchedule {
  try {
    return { schedule: read(text.trim()) };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}

function read(text: string): string {
  if (/^(?:CRON_)?TZ=/i.test(text))
    throw new Problem(`must not begin with "${text.split(/\s/, 1)[0]}": set the time zone as timezone (--timezone)`);
  if (text.startsWith('@')) return ofMacro(text);
  const parts = text.split(/\s+/);
  if (parts.length !== FIELDS.length)
    throw new Problem(
      `has ${parts.length} ${parts.length === 1 ? 'field' : 'fields'}, and needs five: minute, hour, day, month, weekday`,
    );
  const fields = FIELDS.map((field, index) => readField(field, parts[index] ?? ''));
  requireDue(fields);
  return fields.map(({ form }) => form).join(' ');
}

function ofMacro(text: string): string {
  const form = MACROS[text.toLowerCase()];
  if (form !== undefined) return form;
  throw new Problem(
    `"${text}" is not known. Known are ${Object.keys(MACROS).join(', ')}, or five fields such as */15 * * * *`,
  );
}

interface Read {
  readonly form: string;
  readonly values: ReadonlySet<number>;
  /** Every value. When both day and weekday are limited, either is enough. */
  readonly any: boolean;
}

function readField(field: Field, text: string): Read {
  const terms = text.split(',').map((term) => readTerm(field, term));
  const values = new Set(terms.flatMap((term) => term.values));
  if (field.max === SUNDAY && values.has(SUNDAY)) {
    values.delete(SUNDAY);
    values.add(0);
    return { form: [...values].sort((a, b) => a - b).join(','), values, any: false };
  }
  return { form: terms.map(({ form }) => form).join(','), values, any: terms.some(({ form }) => form === '*') };
}

function readTerm(field: Field, term: string): { readonly form: string; readonly values: number[] } {
  const { name, min, max } = field;
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(term) ?? [];
  const every = step === undefined ? 1 : Number(step);
  if (range === '' || every < 1 || every > max - min + 1) throw refused(field, term);
  const by = step === undefined ? '' : `/${every}`;
  // A star and a question mark are the same; 7 is another name of Sunday, which is counted already.
  const last = max === SUNDAY ? max - 1 : max;
  if (range === '*' || range === '?') return { form: `*${by}`, values: valuesOf(min, last, every) };
  const [from, to, ...rest] = range.split('-').map((value) => readValue(field, value, term));
  if (from === undefined || rest.length > 0) throw refused(field, term);
  if (to !== undefined && to < from) throw new Problem(`has the ${name} "${term}", which must not run backwards`);
  const end = to ?? (step === undefined ? from : last);
  return { form: `${to === undefined ? from : `${from}-${to}`}${by}`, values: valuesOf(from, end, every) };
}

function readValue(field: Field, text: string, term: string): number {
  const { min, max, names } = field;
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? min + named : Number(/^\d{1,2}$/.test(text) ? text : Number.NaN);
  if (!(value >= min && value <= max)) throw refused(field, term);
  return value;
}

function refused({ name, min, max, names }: Field, term: string): Problem {
  const named = names.length === 0 ? '' : ` or ${names[0]} to ${names.at(-1)}`;
  return new Problem(
    `has the ${name} "${term}": write ${min} to ${max}${named}, *, ranges (a-b), steps (/n) or lists (a,b)`,
  );
}

function valuesOf(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

/** A schedule is never due when none of its months has its day, unless a weekday is enough. */
function requireDue([, , day, month, weekday]: readonly Read[]): void {
  if (day === undefined || month === undefined || weekday === undefined || day.any || !weekday.any) return;
  const first = Math.min(...day.values);
  if ([...month.values].some((number) => first <= (DAYS[number - 1] ?? 0))) return;
  const months = [...month.values].map((number) => MONTHS[number - 1]).join(', ');
  throw new Problem(`is never due: no ${months} has a day ${first}`);
}

/** The name of a time zone in the IANA data base, from a name in any case; undefined for an unknown zone. */
export function readTimeZone(name: string): string | undefined {
  // Offsets such as +02:00 are not names, and "local" depends on the server.
  if (!/^[a-z][\w+\-/]*$/i.test(name) || name.toLowerCase() === 'local') return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
