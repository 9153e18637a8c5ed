import { fieldError } from '@gantry/contract/field-names.ts';
import {
  METRIC_DAYS,
  type MetricStep,
  MOST_POINTS,
  metricSteps,
  USUAL_POINTS,
} from '@gantry/contract/metric-points.ts';
import type { Metrics, MetricsQuery } from '@gantry/contract/schemas/metrics.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import type { InstancePath } from '../records/deployment-lookups.ts';
import { readSpans } from '../records/metrics.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { unpack } from './packing.ts';
import type { Readings } from './reading.ts';
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

/**
 * The measurements of a service in an environment. Throws Invalid for a range without stored points, or with too many.
 */
export async function getMetrics(caller: Caller, path: InstancePath, query: MetricsQuery): Promise<Metrics> {
  await authorise(caller, 'metrics.read', path, projectAt(path), serviceAt(path), environmentAt(path));
  const range = rangeOf(query, Math.floor(Date.now() / MINUTE_MS));
  const { release } = query;
  const spans = (await readSpans(path, range.step, range.from, range.to)).map(({ minute, packed }) => {
    const readings = unpack(packed);
    return { minute, readings: release === undefined ? readings : only(readings, release) };
  });
  return viewMetrics(
    spans.filter(({ readings }) => readings.size > 0),
    range,
  );
}

/** The range that a query asks for; it begins and ends with a point. `now` is in minutes since 1970. */
function rangeOf({ from, to, step }: MetricsQuery, now: number): Range {
  const minuteOf = (instant: string) => Math.floor(Date.parse(instant) / MINUTE_MS);
  const end = Math.min(now, to === undefined ? now : minuteOf(to));
  const begin = from === undefined ? end - HOUR : minuteOf(from);
  if (begin >= end) throw fieldError('query.from', 'must be before the end');
  const fits = (seconds: MetricStep, most: number) =>
    now - begin <= METRIC_DAYS[seconds] * DAY && (end - begin) / (seconds / 60) <= most;
  const chosen = metricSteps.find((each) => (step === undefined ? fits(each, USUAL_POINTS) : String(each) === step));
  if (chosen === undefined || now - begin > METRIC_DAYS[chosen] * DAY) {
    const days = METRIC_DAYS[chosen ?? 21_600];
    throw fieldError(
      'query.from',
      `must be at most ${days} days ago${chosen === undefined ? '' : ` for a step of ${chosen} seconds`}`,
    );
  }
  if (!fits(chosen, MOST_POINTS))
    throw fieldError('query.step', `gives more than ${MOST_POINTS} points: choose a longer one`);
  const length = chosen / 60;
  return { from: Math.floor(begin / length) * length, to: end, step: chosen };
}

function only(readings: Readings, release: string): Readings {
  const reading = readings.get(release);
  return reading === undefined ? new Map() : new Map([[release, reading]]);
}
