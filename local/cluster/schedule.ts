import { Cron } from 'croner';

/** When a CronJob is due. */
export interface Schedule {
  /** The last time up to and including `now`, in milliseconds since 1970; undefined without one. */
  previous(now: number): number | undefined;
  /** The first time after `now`; undefined without one. */
  next(now: number): number | undefined;
}

export interface ScheduleProblem {
  readonly problem: 'schedule' | 'timeZone';
  readonly why: string;
}

const NICKNAME = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
/** Names, numbers, lists, ranges and steps: the syntax of Kubernetes' parser, without extensions of others. */
const FIELD = /^[\dA-Za-z*?,/-]+$/;
const EXTENSION = /\d[LW]|[#+]|(^|,)[LW]/;

/**
 * A schedule of five fields or a nickname like `@daily`, in a time zone of the IANA data base or UTC, as on EKS nodes. If day of month and day of
 * week are both limited, either is enough. Returns a problem instead of throwing.
 */
export function parseSchedule(text: string, timeZone = 'Etc/UTC'): Schedule | ScheduleProblem {
  if (!isTimeZone(timeZone)) return { problem: 'timeZone', why: `unknown time zone ${timeZone}` };
  if (/^(CRON_)?TZ=/.test(text))
    return { problem: 'schedule', why: 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead' };
  const fields = text.trim().split(/\s+/);
  const isNickname = NICKNAME.test(text);
  if (!isNickname && text.startsWith('@')) return { problem: 'schedule', why: `unrecognized descriptor: ${text}` };
  if (!isNickname && fields.length !== 5)
    return { problem: 'schedule', why: `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]` };
  const odd = isNickname ? undefined : fields.find((each) => !FIELD.test(each) || EXTENSION.test(each.toUpperCase()));
  if (odd !== undefined) return { problem: 'schedule', why: `failed to parse the field ${odd}` };
  try {
    return timesOf(text.replaceAll('?', '*'), timeZone);
  } catch (error) {
    return { problem: 'schedule', why: error instanceof Error ? error.message : String(error) };
  }
}

function isTimeZone(name: string): boolean {
  if (name === '' || name.toLowerCase() === 'local') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const TURNS_MS = [1_800_000, 3_600_000];
const SEARCHED = 5;

/**
 * Kubernetes follows the local clock: a time that the clock skips in spring is not due that day, and one that it repeats in autumn is due twice.
 * https://pkg.go.dev/github.com/robfig/cron/v3
 */
function timesOf(pattern: string, timeZone: string): Schedule {
  const cron = new Cron(pattern, { mode: '5-part', paused: true, timezone: timeZone });
  const onTheWall = new Cron(pattern, { mode: '5-part', paused: true, timezone: 'Etc/UTC' });
  const isShown = (at: number) => {
    const wall = wallOf(at, timeZone);
    return onTheWall.nextRun(new Date(wall - 1000))?.getTime() === wall;
  };
  /** When the clock shows the same time again. */
  const again = (at: number) =>
    TURNS_MS.map((turn) => at + turn).find((later) => wallOf(later, timeZone) === wallOf(at, timeZone));
  const before = (now: number) =>
    cron
      .previousRuns(SEARCHED, new Date(now + 1))
      .map((date) => date.getTime())
      .filter(isShown)
      .flatMap((at) => [at, again(at) ?? at]);
  return {
    previous(now) {
      const times = before(now).filter((at) => at <= now);
      return times.length === 0 ? undefined : Math.max(...times);
    },
    next(now) {
      const ahead = cron.nextRuns(SEARCHED, new Date(now)).map((date) => date.getTime());
      const times = [...ahead.filter(isShown), ...before(now)].filter((at) => at > now);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}

/** The zone's clock time read as UTC, in milliseconds. */
function wallOf(at: number, timeZone: string): number {
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const parts = new Intl.DateTimeFormat('en', { ...fields, timeZone, hourCycle: 'h23' }).formatToParts(at);
  const [year = 0, month = 1, day, hour, minute] = ['year', 'month', 'day', 'hour', 'minute'].map((type) =>
    Number(parts.find((part) => part.type === type)?.value),
  );
  return Date.UTC(year, month - 1, day, hour, minute);
}
