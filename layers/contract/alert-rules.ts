import type { alertMetrics } from './enums.ts';

export type AlertMetric = (typeof alertMetrics)[number];

/** How each metric of a rule reads, with the unit of its threshold. */
export const alertMetricTexts: Readonly<Record<AlertMetric, { readonly name: string; readonly unit: string }>> = {
  'error-rate': { name: 'Error rate', unit: '%' },
  p95: { name: 'p95 latency', unit: 'ms' },
  cpu: { name: 'CPU', unit: 'processors' },
  memory: { name: 'Memory', unit: 'MB' },
  restarts: { name: 'Restarts', unit: 'restarts' },
  uptime: { name: 'Failed checks', unit: '%' },
};

/** A value of a metric with its unit: `12.5 %`. */
export function alertValueText(metric: AlertMetric, value: number): string {
  return `${Number(value.toPrecision(3))} ${alertMetricTexts[metric].unit}`;
}

/** A rule in words: `Error rate above 5 % over 5 minutes`. */
export function alertRuleText(rule: {
  readonly metric: AlertMetric;
  readonly threshold: number;
  readonly windowMinutes: number;
}): string {
  const { metric, threshold, windowMinutes } = rule;
  const minutes = windowMinutes === 1 ? 'one minute' : `${windowMinutes} minutes`;
  return `${alertMetricTexts[metric].name} above ${alertValueText(metric, threshold)} over ${minutes}`;
}

/** The rules that Gantry proposes for a new service. A service without requests never fires the first two. */
export const proposedAlerts = [
  { name: 'Too many errors', metric: 'error-rate', threshold: 5, windowMinutes: 5 },
  { name: 'Slow answers', metric: 'p95', threshold: 2000, windowMinutes: 5 },
  { name: 'Restarts', metric: 'restarts', threshold: 2, windowMinutes: 10 },
] as const satisfies readonly { name: string; metric: AlertMetric; threshold: number; windowMinutes: number }[];
