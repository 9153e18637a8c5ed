import { GantryError } from '@gantry/contract/errors.ts';
import type { MetricStep } from '@gantry/contract/metric-points.ts';
import { eachLimited } from '../kernel/limited.ts';
import type { InstanceKey } from '../records/instances.ts';
import { readSpans, type SpanRecord, writeSpan } from '../records/metrics.ts';
import { pack, unpack } from './packing.ts';
import { byRelease, minuteOf, type Readings, together } from './reading.ts';
import type { ReadingsByMinute } from './traffic.ts';

/**
 * Each roll-up and its parts. The longer roll-ups are renewed with each part that is over, so that a reader needs no shorter
 * ones. A roll-up of five minutes is written once, when the five minutes are over.
 */
const ROLL_UPS = [
  { step: 300, parts: 60, isRenewed: false },
  { step: 3600, parts: 300, isRenewed: true },
  { step: 21_600, parts: 3600, isRenewed: true },
] as const;
/** How often a write is tried against another collector that writes the same. */
const TRIES = 5;
const CONCURRENCY = 10;

/**
 * Merges a collector's readings of an instance with the recorded ones. Nothing counts twice: a minute is the merge of
 * all its readings, in any order.
 */
export async function recordMinutes(instance: InstanceKey, seen: ReadingsByMinute): Promise<void> {
  const minutes = [...seen.keys()];
  if (minutes.length === 0) return;
  await insist(async () => {
    const known = spansByMinute(await readSpans(instance, 60, Math.min(...minutes), Math.max(...minutes) + 1));
    return writeAll(instance, 60, minutes, known, (minute, before) =>
      minuteOf([...(before ? [unpack(before.packed)] : []), seen.get(minute) ?? new Map()]),
    );
  });
}

/**
 * Makes the roll-ups of an instance that include a minute from `from` on and are over at `until` (minutes since 1970).
 * A renewed roll-up is made as soon as one of its parts is over. A roll-up depends only on its parts, so it may be made
 * again at any time.
 */
export async function rollUp(instance: InstanceKey, from: number, until: number): Promise<void> {
  for (const { step, parts, isRenewed } of ROLL_UPS) {
    const length = step / 60;
    const over = floorTo(until, parts / 60);
    const [first, end] = [floorTo(from, length), isRenewed ? over : floorTo(until, length)];
    if (end <= first || over <= floorTo(from, parts / 60)) continue;
    await insist(async () => {
      // The order matters: a collector that reads older parts also has an older version, and its write fails.
      const known = spansByMinute(await readSpans(instance, step, first, end));
      const windows = new Map<number, Readings[]>();
      for (const { minute, packed } of await readSpans(instance, parts, first, end)) {
        const window = floorTo(minute, length);
        windows.set(window, [...(windows.get(window) ?? []), unpack(packed)]);
      }
      return writeAll(instance, step, [...windows.keys()], known, (minute) =>
        byRelease(windows.get(minute) ?? [], together),
      );
    });
  }
}

function floorTo(minute: number, length: number): number {
  return Math.floor(minute / length) * length;
}

/** Writes each span that differs from its record. Returns whether all were written. */
async function writeAll(
  instance: InstanceKey,
  step: MetricStep,
  minutes: readonly number[],
  known: ReadonlyMap<number, SpanRecord>,
  make: (minute: number, before: SpanRecord | undefined) => Readings,
): Promise<boolean> {
  let isWhole = true;
  await eachLimited(minutes, CONCURRENCY, async (minute) => {
    const before = known.get(minute);
    const packed = pack(make(minute, before));
    if (before !== undefined && Buffer.from(before.packed).equals(packed)) return;
    isWhole = (await writeSpan(instance, step, minute, packed, before)) && isWhole;
  });
  return isWhole;
}

/** Tries again when another collector wrote in between. Throws Unavailable when others kept winning. */
async function insist(attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) if (await attempt()) return;
  throw new GantryError('Unavailable', 'Another collector writes the same metrics. The next run takes up from here.');
}

function spansByMinute(spans: readonly SpanRecord[]): ReadonlyMap<number, SpanRecord> {
  return new Map(spans.map((span) => [span.minute, span]));
}
