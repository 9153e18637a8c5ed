import { environment } from '@gantry/cloud/environment.ts';
import type { MetricStep } from '@gantry/contract/metric-points.ts';
import type { MetricPoint, Metrics, MetricValues } from '@gantry/contract/schemas/metrics.ts';
import { type Histogram, quantile } from './histogram.ts';
import { countRestarts, type Reading, type Readings, together } from './reading.ts';

const MINUTE_MS = 60_000;

/** Readings of several releases in one span as one: unlike minutes, their replicas run at the same time. */
export function across(readings: readonly Reading[]): Reading {
  const sum = (part: (reading: Reading) => number) => readings.reduce((total, reading) => total + part(reading), 0);
  const looks = Math.max(0, ...readings.map((reading) => reading.looks));
  const perLook = (part: 'cpu' | 'memory' | 'replicas') =>
    looks * sum((reading) => (reading.looks === 0 ? 0 : reading[part] / reading.looks));
  return {
    ...together(readings),
    looks,
    ...{ cpu: perLook('cpu'), memory: perLook('memory'), replicas: perLook('replicas') },
    mostMemory: sum(({ mostMemory }) => mostMemory),
    restarts: sum(({ restarts }) => restarts),
  };
}

/** The spans of an instance as the API answers them, oldest first. */
export function viewMetrics(
  spans: readonly { readonly minute: number; readonly readings: Readings }[],
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: MetricStep },
): Metrics {
  const restarted = countRestarts();
  const points: MetricPoint[] = spans.map(({ minute, readings }) => {
    const releases = [...readings].map(([releaseId, reading]) => ({
      releaseId,
      ...valuesOf(reading, restarted(releaseId, reading)),
    }));
    const restarts = releases.reduce((total, release) => total + release.restarts, 0);
    return { at: instant(minute), all: valuesOf(across([...readings.values()]), restarts), releases };
  });
  const whole = together(spans.flatMap(({ readings }) => [...readings.values()]));
  const { requests, errors, times } = whole;
  return {
    ...{ from: instant(from), to: instant(to), step },
    trafficDelaySeconds: Number(environment('TRAFFIC_DELAY_SECONDS')),
    total: { requests, errors, ...quantiles(times) },
    points,
  };
}

function instant(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString();
}

function valuesOf(reading: Reading, restarts: number): MetricValues {
  const { requests, errors, times, looks, cpu, memory, replicas, mostMemory } = reading;
  const perLook = (sum: number, factor: number) => (looks === 0 ? null : (sum / looks) * factor);
  return {
    requests,
    errors,
    ...quantiles(times),
    cpu: perLook(cpu, 1 / 1000),
    memory: perLook(memory, 1024),
    mostMemory: looks === 0 ? null : mostMemory * 1024,
    replicas: perLook(replicas, 1),
    restarts,
  };
}

function quantiles(times: Histogram) {
  const at = (share: number) => {
    const ms = quantile(times, share);
    return ms === undefined ? null : Number(ms.toPrecision(3));
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
