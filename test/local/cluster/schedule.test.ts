import { parseSchedule } from '@gantry/local/cluster/schedule.ts';
import { describe, expect, it } from '@jest/globals';

/** The next `count` times of a schedule, each also found by looking back. */
function timesAfter(schedule: string, zone: string, from: string, count: number): string[] {
  const times = parseSchedule(schedule, zone);
  if ('problem' in times) throw new Error(times.why);
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count; ) {
    at = times.next(at) ?? Number.NaN;
    found.push(new Date(at).toISOString());
    expect(times.previous(at + 30_000)).toBe(at);
  }
  return found;
}

describe('A24: a schedule in a time zone', () => {
  it('follows the local clock, in summer and in winter', () => {
    expect(timesAfter('0 9 * * *', 'Europe/Berlin', '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-01T07:00:00.000Z']);
    expect(timesAfter('0 9 * * *', 'Europe/Berlin', '2026-12-01T00:00:00Z', 1)).toEqual(['2026-12-01T08:00:00.000Z']);
  });

  it('is not due on the day when the clock skips its time', () => {
    expect(timesAfter('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 2)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  it('is due twice on the day when the clock shows its time twice', () => {
    expect(timesAfter('30 2 * * *', 'Europe/Berlin', '2026-10-24T22:00:00Z', 3)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('of every hour is due once in each', () => {
    expect(timesAfter('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 4)).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T01:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
      '2026-10-25T03:00:00.000Z',
    ]);
  });
});
