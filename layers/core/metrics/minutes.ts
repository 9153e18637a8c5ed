import type { InstanceKey } from '../records/instances.ts';
import { readSpans } from '../records/metrics.ts';
import { quantile } from './histogram.ts';
import { unpack } from './packing.ts';
import { byRelease, countRestarts, type Reading, type Readings, together } from './reading.ts';
import type { ReadingsByMinute } from './traffic.ts';
import { across } from './view.ts';

/** What was measured of an instance in the minutes from `from` until before `until` (since 1970), strongly consistent. */
export async function readMinutes(instance: InstanceKey, from: number, until: number): Promise<ReadingsByMinute> {
  const spans = await readSpans(instance, 60, from, until);
  return new Map(spans.map(({ minute, packed }) => [minute, unpack(packed)]));
}

/** What an instance used and answered in the minutes from `from` to `to`, all releases together; undefined where nothing was measured. */
export function measuredIn(minutes: ReadingsByMinute, from: number, to: number): Reading | undefined {
  const spans = between(minutes, from, to);
  return spans.length === 0 ? undefined : across([...byRelease(spans, together).values()]);
}

/** How often replicas were restarted in the minutes from `from` to `to`; undefined where nobody looked at them. */
export function restartsIn(minutes: ReadingsByMinute, from: number, to: number): number | undefined {
  if (between(minutes, from, to).length === 0) return undefined;
  const restarted = countRestarts();
  let sum = 0;
  for (const readings of between(minutes, from - 1, to))
    for (const [releaseId, reading] of readings) sum += restarted(releaseId, reading);
  return sum;
}

/** The time in milliseconds that 95 percent of a reading's requests did not exceed. */
export function p95Of({ times }: Pick<Reading, 'times'>): number | undefined {
  return quantile(times, 0.95);
}

function between(minutes: ReadingsByMinute, from: number, to: number): Readings[] {
  return Array.from({ length: to - from + 1 }, (_, offset) => minutes.get(from + offset) ?? new Map()).filter(
    ({ size }) => size > 0,
  );
}
