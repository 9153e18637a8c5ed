import { fieldError } from '@gantry/contract/field-names.ts';
import { METRIC_DAYS, type MetricStep, MOST_POINTS, metricSteps } from '@gantry/contract/metric-points.ts';
import type { Metrics, MetricsQuery } from '@gantry/contract/schemas/metrics.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import type { InstancePath } from '../records/deployment-lookups.ts';
import { readSpans } from '../records/metrics.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { unpack } from './packing.ts';
import { byRelease, type Readings, together } from './reading.ts';
import { viewMetrics } from './view.ts';

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;

/** In minutes since 1970. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: MetricStep;
}

/** What was measured of a service in an environment. Throws Invalid for a range that no points are kept for, or with too many. */
export async function getMetrics(caller: Caller, path: InstancePath, query: MetricsQuery): Promise<Metrics> {
  await authorise(caller, 'metrics.read', path, projectAt(path), serviceAt(path), environmentAt(path));
  const range = rangeOf(query, Math.floor(Date.now() / MINUTE_MS));
  const spans = await spansOf(path, range);
  const { release } = query;
  const chosen =
    release === undefined ? spans : spans.map((span) => ({ ...span, readings: only(span.readings, release) }));
  return viewMetrics(
    chosen.filter(({ readings }) => readings.size > 0),
    range,
  );
}

/** The range that a query asks for; it begins and ends with a point. `now` is in minutes since 1970. */
function rangeOf({ from, to, step }: MetricsQuery, now: number): Range {
  const minuteOf = (instant: string) => Math.floor(Date.parse(instant) / MINUTE_MS);
  const end = Math.min(now, to === undefined ? now : minuteOf(to));
  const begin = from === undefined ? end - HOUR : minuteOf(from);
  if (begin >= end) throw fieldError('query.from', 'must be before the end');
  const fits = (seconds: MetricStep) =>
    now - begin <= METRIC_DAYS[seconds] * DAY && (end - begin) / (seconds / 60) <= MOST_POINTS;
  const chosen = step === undefined ? metricSteps.find(fits) : metricSteps.find((each) => String(each) === step);
  if (chosen === undefined || now - begin > METRIC_DAYS[chosen] * DAY) {
    const days = METRIC_DAYS[chosen ?? 3600];
    throw fieldError(
      'query.from',
      `must be at most ${days} days ago${chosen === undefined ? '' : ` for a step of ${chosen} seconds`}`,
    );
  }
  if (!fits(chosen)) throw fieldError('query.step', `gives more than ${MOST_POINTS} points: choose a longer one`);
  const length = chosen / 60;
  return { from: Math.floor(begin / length) * length, to: end, step: chosen };
}

interface Span {
  readonly minute: number;
  readonly readings: Readings;
}

/** The spans of a range. Those that no roll-up holds yet are made of shorter ones: three reads at most. */
async function spansOf(path: InstancePath, { from, to, step }: Range): Promise<Span[]> {
  const found: Span[] = [];
  let at = from;
  for (const each of metricSteps.toReversed().filter((seconds) => seconds <= step)) {
    for (const { minute, packed } of await readSpans(path, each, at, to)) {
      found.push({ minute, readings: unpack(packed) });
      at = Math.max(at, minute + each / 60);
    }
  }
  const length = step / 60;
  const windows = new Map<number, Readings[]>();
  for (const { minute, readings } of found) {
    const window = Math.floor(minute / length) * length;
    windows.set(window, [...(windows.get(window) ?? []), readings]);
  }
  return [...windows]
    .sort(([a], [b]) => a - b)
    .map(([minute, readings]) => ({ minute, readings: byRelease(readings, together) }));
}

function only(readings: Readings, release: string): Readings {
  const reading = readings.get(release);
  return reading === undefined ? new Map() : new Map([[release, reading]]);
}
