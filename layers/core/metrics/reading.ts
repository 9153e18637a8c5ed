import { added, countOf, type Histogram } from './histogram.ts';

/** The measurements of one release in a span of time: one minute, or several. */
export interface Reading {
  readonly requests: number;
  /** Requests that the app answered with 5xx, or did not answer. */
  readonly errors: number;
  readonly times: Histogram;
  /** The number of minutes with a look at the replicas. The sums below are over these looks. */
  readonly looks: number;
  /** Thousandths of a processor. */
  readonly cpu: number;
  /** KiB. */
  readonly memory: number;
  readonly replicas: number;
  /** The most memory of one look, in KiB. */
  readonly mostMemory: number;
  /** How often the replicas had restarted until then, since each was made. */
  readonly restarts: number;
}

export const NOTHING: Reading = {
  ...{ requests: 0, errors: 0, times: new Map(), looks: 0 },
  ...{ cpu: 0, memory: 0, replicas: 0, mostMemory: 0, restarts: 0 },
};

/** Readings by release. */
export type Readings = ReadonlyMap<string, Reading>;

/**
 * Merges two readings of the same minute. The load balancer's counts only grow until they are complete, so the fuller
 * reading is the later one. The result is the same in any order and after any repeats. Measurements of replicas come
 * from one look, never from a mixture of two.
 */
export function fuller(a: Reading, b: Reading): Reading {
  const traffic = isAhead(trafficOf(a), trafficOf(b)) ? a : b;
  const look = isAhead(lookOf(a), lookOf(b)) ? a : b;
  const { requests, errors, times } = traffic;
  return { ...look, requests, errors, times };
}

const trafficOf = ({ requests, errors, times }: Reading) => [
  ...[requests, errors, countOf(times)],
  ...[...times].sort(([x], [y]) => x - y).flat(),
];
const lookOf = ({ looks, replicas, restarts, memory, mostMemory, cpu }: Reading) => [
  ...[looks, replicas, restarts, memory, mostMemory, cpu],
];

/** Whether a list of numbers is above another of the same kind, by the first that differs. */
function isAhead(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? Number.NEGATIVE_INFINITY);
}

/** Readings of several minutes as one of their whole span, in any order. */
export function together(readings: readonly Reading[]): Reading {
  const sum = (part: (reading: Reading) => number) => readings.reduce((total, reading) => total + part(reading), 0);
  const most = (part: (reading: Reading) => number) => Math.max(0, ...readings.map(part));
  return {
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    times: added(readings.map(({ times }) => times)),
    looks: sum(({ looks }) => looks),
    cpu: sum(({ cpu }) => cpu),
    memory: sum(({ memory }) => memory),
    replicas: sum(({ replicas }) => replicas),
    mostMemory: most(({ mostMemory }) => mostMemory),
    restarts: most(({ restarts }) => restarts),
  };
}

/** The readings of all releases in several spans. `combine` merges the readings of one release. */
export function byRelease(spans: readonly Readings[], combine: (readings: readonly Reading[]) => Reading): Readings {
  const found = new Map<string, Reading[]>();
  for (const span of spans)
    for (const [release, reading] of span) found.set(release, [...(found.get(release) ?? []), reading]);
  return new Map([...found].map(([release, readings]) => [release, combine(readings)]));
}

/** Counts the restarts of releases from one look to the next. A look itself has those since each replica was made. */
export function countRestarts(): (releaseId: string, look: Reading) => number {
  const before = new Map<string, number>();
  return (releaseId, { restarts }) => {
    const more = Math.max(0, restarts - (before.get(releaseId) ?? restarts));
    before.set(releaseId, restarts);
    return more;
  };
}

/** One minute, merged from all of its readings. */
export function minuteOf(read: readonly Readings[]): Readings {
  return byRelease(read, (readings) => readings.reduce(fuller, NOTHING));
}
