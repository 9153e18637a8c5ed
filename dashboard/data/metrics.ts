import type { GantryError } from '@gantry/contract/errors.ts';
import type { Metrics } from '@gantry/contract/schemas/metrics.ts';
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
/**
 * Points of a minute come once a minute, longer ones every five minutes. No event announces them, so a visible page
 * polls, and a hidden one does not.
 */
const [SOON_MS, LATER_MS] = [5_000, 60_000];

/** The measurements of the last hours or days. A visible page reads them again. */
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
