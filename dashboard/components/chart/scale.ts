/** Each of these, and its half, is a short number. */
const FACTORS = [1, 2, 3, 4, 6, 8, 10];

/** The lowest round number that is not below any of the values, and not below `least`. */
export function topOf(values: readonly (number | null)[], least: number): number {
  const highest = Math.max(least, ...values.map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(highest));
  const factor = FACTORS.find((each) => each * power >= highest * 0.999_999) ?? 10;
  return Number((factor * power).toPrecision(1));
}

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const GAPS = [
  ...[5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 5, 10, 20, 30].map((days) => days * DAY_MS),
];
const MOST_TICKS = 6;

export interface Tick {
  /** From 0, the beginning of the range, to 1. */
  readonly place: number;
  readonly text: string;
}

/** Without AM and PM, because an axis has no space for them. */
const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const time = new Intl.DateTimeFormat(undefined, clock);
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', ...clock });

/** A text closer to an end would leave the chart. */
const [FIRST, LAST] = [0.04, 0.96];

/** Round times of a range in the user's time zone. Times of a day get the time, and days the date. */
export function ticksOf(from: number, until: number): Tick[] {
  const gap = GAPS.find((each) => (until - from) / each <= MOST_TICKS) ?? DAY_MS * 30;
  const offset = new Date(until).getTimezoneOffset() * MINUTE_MS;
  const ticks: Tick[] = [];
  for (let at = Math.ceil((from - offset) / gap) * gap + offset; at <= until; at += gap)
    ticks.push({ place: (at - from) / (until - from), text: (gap < DAY_MS ? time : day).format(at) });
  return ticks.filter(({ place }) => place > FIRST && place < LAST);
}

export const momentText = (at: number) => dayAndTime.format(at);
