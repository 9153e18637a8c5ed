import { measuredIn, p95Of, restartsIn } from '../metrics/minutes.ts';
import type { ReadingsByMinute } from '../metrics/traffic.ts';
import type { AlertRecord } from '../records/alerts.ts';

/** Outcomes of checks by minute: why one failed, or undefined where all was well. */
export type Checks = ReadonlyMap<number, string | undefined>;

/** What alerts of one instance are judged by. */
export interface Measured {
  readonly minutes: ReadingsByMinute;
  readonly checks: Checks;
}

const KIB_OF_MB = 1024;
const THOUSANDTHS = 1000;

/** The value of a metric over the window that ends with minute `at`, in the unit of the metric; undefined without data. */
export function valueAt(
  { metric, windowMinutes }: Pick<AlertRecord, 'metric' | 'windowMinutes'>,
  { minutes, checks }: Measured,
  at: number,
): number | undefined {
  const from = at - windowMinutes + 1;
  if (metric === 'uptime') return failedShare(checks, from, at);
  if (metric === 'restarts') return restartsIn(minutes, from, at);
  const reading = measuredIn(minutes, from, at);
  if (reading === undefined) return undefined;
  const { requests, errors, looks, cpu, memory } = reading;
  switch (metric) {
    case 'error-rate':
      // Connections that no replica took are errors without a request.
      return requests + errors === 0 ? undefined : Math.min(100, (100 * errors) / Math.max(requests, errors));
    case 'p95':
      return p95Of(reading);
    case 'cpu':
      return looks === 0 ? undefined : cpu / looks / THOUSANDTHS;
    case 'memory':
      return looks === 0 ? undefined : memory / looks / KIB_OF_MB;
  }
}

/** Whether the metric of an alert comes from the load balancer, whose counts are read less often than replicas are looked at. */
export function isTraffic({ metric }: Pick<AlertRecord, 'metric'>): boolean {
  return metric === 'error-rate' || metric === 'p95';
}

/** Why the last check in the window that ends with minute `at` failed; undefined where none did. */
export function lastFailure(
  { windowMinutes }: Pick<AlertRecord, 'windowMinutes'>,
  checks: Checks,
  at: number,
): string | undefined {
  return outcomes(checks, at - windowMinutes + 1, at).findLast((failure) => failure !== undefined);
}

function failedShare(checks: Checks, from: number, to: number): number | undefined {
  const found = outcomes(checks, from, to);
  if (found.length === 0) return undefined;
  return (100 * found.filter((failure) => failure !== undefined).length) / found.length;
}

function outcomes(checks: Checks, from: number, to: number): (string | undefined)[] {
  const minutes = Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
  return minutes.filter((minute) => checks.has(minute)).map((minute) => checks.get(minute));
}
