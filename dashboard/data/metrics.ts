import type { GantryError } from '@gantry/contract/errors.ts';
import type { Metrics, MetricValues } from '@gantry/contract/schemas/metrics.ts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { client } from './client.ts';
import type { MetricRange } from './metric-search.ts';
import type { instanceParams } from './place.ts';

const HOUR_MS = 3_600_000;
const HOURS: Readonly<Record<MetricRange, number>> = {
  '1h': 1,
  '6h': 6,
  '24h': 24,
  '7d': 168,
  '30d': 720,
  '90d': 2160,
};
/** Points of a minute come once a minute, and longer ones every five minutes. Nobody is told: the page asks, and a hidden one does not. */
const [SOON_MS, LATER_MS] = [5_000, 60_000];

/** What was measured in the last hours or days. It is read again while the page shows it. */
export function metricsQuery(params: ReturnType<typeof instanceParams>, range: MetricRange) {
  const hours = HOURS[range];
  return queryOptions<Metrics, GantryError>({
    queryKey: ['metrics.get', { params }, range],
    queryFn: () =>
      client('metrics.get', { params, query: { from: new Date(Date.now() - hours * HOUR_MS).toISOString() } }),
    refetchInterval: hours <= 6 ? SOON_MS : LATER_MS,
    placeholderData: keepPreviousData,
  });
}

/** The beginning of each step of the range, in milliseconds since 1970: also of those in which nothing was measured. */
export function stepsOf({ from, to, step }: Metrics): number[] {
  const [begin, length] = [Date.parse(from), step * 1000];
  return Array.from({ length: Math.ceil((Date.parse(to) - begin) / length) }, (_, index) => begin + index * length);
}

/** The values of all releases together, or of one, of each step; undefined where nothing was measured. */
export function valuesByStep(metrics: Metrics, releaseId?: string): (MetricValues | undefined)[] {
  const found = new Map(
    metrics.points.map(({ at, all, releases }) => [
      Date.parse(at),
      releaseId === undefined ? all : releases.find((each) => each.releaseId === releaseId),
    ]),
  );
  return stepsOf(metrics).map((at) => found.get(at));
}

/** The releases in a range, the newest first. Ids rise with time. */
export function releasesIn({ points }: Metrics): string[] {
  const ids = new Set(points.flatMap(({ releases }) => releases.map(({ releaseId }) => releaseId)));
  return [...ids].sort().reverse();
}

/** Small numbers are averages, and have decimals. */
export const countText = (count: number) => count.toLocaleString('en', { maximumFractionDigits: count < 10 ? 2 : 0 });

export const percentText = (percent: number) => `${Number(percent.toPrecision(2))} %`;

export const latencyText = (ms: number) =>
  ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;

export const processorText = (processors: number) => String(Number(processors.toPrecision(2)));

export const MIB = 1024 ** 2;

/** Mebibytes, as the sizes of services have them. */
export const memoryText = (mebibytes: number) =>
  mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${Number((mebibytes / 1024).toPrecision(3))} GiB`;
