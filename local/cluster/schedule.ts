import { Cron } from 'croner';

/** When a CronJob is due. */
export interface Schedule {
  /** The last time up to and with `now`, in milliseconds since 1970, or undefined. */
  previous(now: number): number | undefined;
  /** The first time after `now`, or undefined where there is none. */
  next(now: number): number | undefined;
}

export interface ScheduleProblem {
  readonly problem: 'schedule' | 'timeZone';
  readonly why: string;
}

const NICKNAME = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
/** Names, numbers, lists, ranges and steps: what Kubernetes' parser takes, and none of the extensions of others. */
const FIELD = /^[\dA-Za-z*?,/-]+$/;
const EXTENSION = /\d[LW]|[#+]|(^|,)[LW]/;

/**
 * A schedule of five fields or a nickname like `@daily`, in a time zone of the IANA data base or UTC, as nodes of EKS have it. Where day
 * of month and day of week are both given, either is enough. Answers what is wrong instead of throwing.
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
    const cron = new Cron(text.replaceAll('?', '*'), { mode: '5-part', paused: true, timezone: timeZone });
    return {
      previous: (now) => cron.previousRuns(1, new Date(now + 1))[0]?.getTime(),
      next: (now) => cron.nextRun(new Date(now))?.getTime(),
    };
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
