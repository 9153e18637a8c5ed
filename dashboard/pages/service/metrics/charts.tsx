import type { Metrics, MetricValues } from '@gantry/contract/schemas/metrics.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { useMemo } from 'react';
import { Chart, type Moments } from '../../../components/chart/chart.tsx';
import type { Series } from '../../../components/chart/plot.tsx';
import {
  countText,
  isUnread,
  latencyText,
  MIB,
  memoryText,
  minutesIn,
  percentText,
  processorText,
  releasesIn,
  stepsOf,
  valuesByStep,
} from '../../../data/metric-values.ts';
import { useService } from '../../../data/place.ts';

interface ChartsProps {
  readonly metrics: Metrics;
  /** As in the address. */
  readonly release: string | undefined;
  readonly moments: Moments;
}

/** The value of a step that begins at a moment, in milliseconds since 1970. */
type Value = (values: MetricValues, at: number) => number | null;

/** More lines could not be told apart. */
const RELEASE_LOOKS = ['one', 'two', 'three', 'four'] as const;

/** The charts of a service. A service without requests has only the charts of its replicas. */
export function Charts({ metrics, release, moments }: ChartsProps) {
  const { service } = useService();
  const perMinute: Value = ({ requests }, at) =>
    requests === 0 && isUnread(metrics, at) ? null : requests / minutesIn(metrics, at);
  const errorShare: Value = ({ requests, errors }) => (requests === 0 ? null : (100 * errors) / requests);
  const draw = useSeries(metrics, release);
  const { total } = metrics;
  const isWhole = release === undefined;
  const compared = release === 'each' ? 'p95 of each release' : undefined;
  const failed = total.requests === 0 ? 0 : (100 * total.errors) / total.requests;
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      {service.kind === 'web' && (
        <>
          <Chart
            title="Requests"
            summary={isWhole ? `${countText(total.requests)} in all` : undefined}
            series={draw({ name: 'Per minute', of: perMinute, look: 'one', shape: 'area', isCompared: true })}
            format={countText}
            least={1}
            moments={moments}
          />
          <Chart
            title="Error rate"
            summary={isWhole ? `${countText(total.errors)} errors, ${percentText(failed)}` : undefined}
            series={draw({ name: 'Errors', of: errorShare, look: 'bad', shape: 'area', isCompared: true })}
            format={percentText}
            least={1}
            moments={moments}
          />
          <Chart
            title="Latency"
            summary={isWhole && total.p95 !== null ? `p95 ${latencyText(total.p95)}` : compared}
            series={draw(
              { name: 'p50', of: ({ p50 }) => p50, look: 'one' },
              { name: 'p95', of: ({ p95 }) => p95, look: 'two', isCompared: true },
              { name: 'p99', of: ({ p99 }) => p99, look: 'three' },
            )}
            format={latencyText}
            least={10}
            moments={moments}
          />
        </>
      )}
      <Chart
        title="CPU"
        series={draw({ name: 'Processors', of: ({ cpu }) => cpu, look: 'one', shape: 'area', isCompared: true })}
        format={processorText}
        least={0.01}
        moments={moments}
      />
      <Chart
        title="Memory"
        series={draw({
          name: 'Used',
          of: ({ memory }) => memory && memory / MIB,
          look: 'one',
          shape: 'area',
          isCompared: true,
        })}
        format={memoryText}
        least={10}
        moments={moments}
      />
      <Chart
        title="Replicas"
        series={draw(
          { name: 'Running', of: ({ replicas }) => replicas, look: 'one', isCompared: true },
          { name: 'Restarts', of: ({ restarts }) => restarts, look: 'bad', shape: 'bars' },
        )}
        format={countText}
        least={2}
        moments={moments}
      />
    </div>
  );
}

interface Drawn extends Omit<Series, 'values'> {
  readonly of: Value;
  /** Whether a comparison of releases has this one. */
  readonly isCompared?: boolean;
}

/** Draws values of all releases or of one; or a line for each of the newest releases. */
function useSeries(metrics: Metrics, release: string | undefined) {
  return useMemo(() => {
    const steps = stepsOf(metrics);
    const valuesOf = (of: Value, releaseId?: string) =>
      valuesByStep(metrics, releaseId).map((values, index) =>
        values === undefined ? null : of(values, steps[index] ?? 0),
      );
    if (release !== 'each')
      return (...drawn: readonly Drawn[]): Series[] =>
        drawn.map(({ of, ...series }) => ({ ...series, values: valuesOf(of, release) }));
    const releases = releasesIn(metrics).slice(0, RELEASE_LOOKS.length);
    return (...drawn: readonly Drawn[]): Series[] =>
      drawn
        .filter(({ isCompared }) => isCompared)
        .flatMap(({ of }) =>
          releases.map((id, index) => ({
            name: shortId(id),
            look: RELEASE_LOOKS[index] ?? 'one',
            values: valuesOf(of, id),
          })),
        );
  }, [metrics, release]);
}
