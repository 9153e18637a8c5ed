import type { Metrics, MetricValues } from '@gantry/contract/schemas/metrics.ts';

/** The beginning of each step of the range, in milliseconds since 1970: even of steps without measurements. */
export function stepsOf({ from, to, step }: Metrics): number[] {
  const [begin, length] = [Date.parse(from), step * 1000];
  return Array.from({ length: Math.ceil((Date.parse(to) - begin) / length) }, (_, index) => begin + index * length);
}

/** Whether a step may have requests that are not known yet. */
export function isUnread({ to, step, trafficDelaySeconds }: Metrics, at: number): boolean {
  return trafficDelaySeconds > 0 && at + (step + trafficDelaySeconds) * 1000 > Date.parse(to);
}

/** How often the last point of a length is renewed before it is over, in minutes. Shorter ones come whole. */
const RENEWED: Readonly<Record<number, number>> = { 3600: 5, 21600: 60 };

/** How many minutes of a step a point has: all of them, or of the last step those until it was renewed. */
export function minutesIn({ to, step }: Metrics, at: number): number {
  const part = RENEWED[step] ?? step / 60;
  const passed = Math.floor((Date.parse(to) - at) / 60_000 / part) * part;
  return Math.max(part, Math.min(step / 60, passed));
}

/** The values of each step, of one release or of all together; undefined without measurements. */
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
