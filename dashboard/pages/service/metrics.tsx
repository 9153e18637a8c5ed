import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Card } from '../../components/card.tsx';
import type { Marker } from '../../components/chart/plot.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { Select } from '../../components/select.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { api } from '../../data/api.ts';
import { type MetricRange, type MetricSearch, metricRanges, metricSearch } from '../../data/metric-search.ts';
import { releasesIn, stepsOf } from '../../data/metric-values.ts';
import { metricsQuery } from '../../data/metrics.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { slugsOf } from '../../paths.ts';
import { DeploymentRows } from './deployment-rows.tsx';
import { Charts } from './metrics/charts.tsx';
import { MetricTable } from './metrics/table.tsx';

/** The most deployments that are marked. */
const MOST_MARKED = '100';
const NO_DEPLOYMENTS: readonly Deployment[] = [];

/** The measurements of a service in an environment, as charts or as a table, with deployments as markers. */
export function View() {
  const place = useService();
  const params = instanceParams(place);
  const search = metricSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const { range = '1h', release, as } = search;
  const { data: metrics } = useQuery({ ...metricsQuery(params, range), throwOnError: true });
  const { data: deployments } = useQuery(api('deployments.list', { params, query: { limit: MOST_MARKED } }));
  const all = deployments?.items ?? NO_DEPLOYMENTS;
  const steps = useMemo(() => (metrics === undefined ? [] : stepsOf(metrics)), [metrics]);
  const stepMs = (metrics?.step ?? 60) * 1000;
  const ended = useMemo(() => all.filter((each) => isMarked(each, steps[0] ?? 0)), [all, steps]);
  const markers = useMemo(() => ended.map((each) => markerOf(each, steps[0] ?? 0, stepMs)), [ended, steps, stepMs]);
  const [at, setAt] = useState<number | null>(null);
  const set = (next: MetricSearch) =>
    void navigate({ to: '.', search: metricSearch({ ...search, ...next }), replace: true });
  const releases = metrics === undefined ? [] : releasesIn(metrics);
  return (
    <Page title={`Metrics · ${place.service.name}`} heading="Metrics">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <Segments<MetricRange>
          label="Range"
          value={range}
          options={metricRanges.map((each) => [each, each] as const)}
          onChange={(chosen) => set({ range: chosen })}
        />
        <div className="flex flex-wrap items-end gap-3">
          <Select
            label="Release"
            hidesLabel
            className="w-44"
            value={release ?? ''}
            onChange={(chosen) => set({ release: chosen })}
            options={[
              ['', 'All releases'],
              ...(releases.length > 1 ? [['each', 'Compare releases'] as const] : []),
              ...known(releases, release).map((id) => [id, `Release ${shortId(id)}`] as const),
            ]}
          />
          <Segments
            label="Shown as"
            value={as ?? 'charts'}
            options={[
              ['charts', 'Charts'],
              ['table', 'Table'],
            ]}
            onChange={(chosen) =>
              void navigate({ to: '.', search: metricSearch({ ...search, as: chosen }), replace: true })
            }
          />
        </div>
      </div>
      {metrics === undefined ? (
        <div className="grid gap-4 lg:grid-cols-2">
          <Skeleton className="h-60" />
          <Skeleton className="h-60" />
        </div>
      ) : metrics.points.length === 0 ? (
        <Card>
          <Empty title="Nothing was measured in this time">
            Gantry measures each service while it runs. The first values come about a minute after it is live.
          </Empty>
        </Card>
      ) : as === 'table' ? (
        <div className="min-w-0">
          <MetricTable metrics={metrics} release={release} />
        </div>
      ) : (
        <Charts metrics={metrics} release={release} moments={{ steps, stepMs, markers, at, onMove: setAt }} />
      )}
      {metrics !== undefined && metrics.trafficDelaySeconds > 0 && (
        <p className="text-small text-soft">
          Requests, errors and latency of a minute appear up to {metrics.trafficDelaySeconds / 60} minutes after it.
        </p>
      )}
      {metrics !== undefined && ended.length > 0 && (
        <Card title="Deployments in this time">
          <DeploymentRows deployments={ended} slugs={slugsOf.service(place)} />
        </Card>
      )}
    </Page>
  );
}

const known = (releases: readonly string[], chosen: string | undefined) =>
  chosen === undefined || chosen === 'each' || releases.includes(chosen) ? releases : [...releases, chosen];

/** Deployments that went live or failed. Other deployments changed nothing in the charts. */
function isMarked({ finishedAt, status }: Deployment, from: number): boolean {
  const isOver = !['superseded', 'cancelled', 'skipped'].includes(status);
  return isOver && finishedAt !== null && Date.parse(finishedAt) >= from;
}

function markerOf({ id, finishedAt, status }: Deployment, from: number, stepMs: number): Marker {
  const isBad = status === 'failed';
  const text = `${shortId(id)} ${isBad ? 'failed' : 'went live'}`;
  return { place: (Date.parse(finishedAt ?? '') - from) / stepMs, text, isBad };
}
