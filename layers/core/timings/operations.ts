import { stepNames } from '@gantry/contract/enums.ts';
import { type EventEnvelope, eventData } from '@gantry/contract/events.ts';
import type { DeploymentStatus } from '@gantry/contract/schemas/deployments.ts';
import { DEFAULT_DAYS, type End, ends, type Timings, type TimingsQuery } from '@gantry/contract/schemas/timings.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { applyOnce } from '../kernel/outbox/once.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { eraseDays, raise, readDays, type Scope } from '../records/timings.ts';
import { durationsOf, type Series } from './durations.ts';
import { bucketOf, distributionOf, type Histogram } from './histogram.ts';

const DAY_MS = 24 * 3600 * 1000;

interface InstancePath {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
  readonly environmentId: string;
}

/**
 * Counts the end of a run of a deployment and, for a live one, its durations. Counts once however often the event arrives: for the service in its
 * environment, and for the installation.
 */
export async function countTimings(envelope: EventEnvelope): Promise<void> {
  const deployment = await eventData('deployment.finished', envelope);
  const { status, finishedAt } = deployment;
  if (!isEnd(status) || finishedAt === null) return;
  const durations = status === 'live' ? [...durationsOf(deployment)] : [];
  const counters = [endCounter(status), ...durations.map(([name, ms]) => `${name}:${bucketOf(ms)}`)];
  const day = dayOf(Date.parse(finishedAt));
  const scopes: readonly Scope[] = [deployment, 'installation'];
  await applyOnce(
    'deployment-timings',
    envelope,
    scopes.map((scope) => ({ item: raise(scope, day, counters) })),
  );
}

/** Durations and results of a service's deployments in an environment. */
export async function instanceTimings(caller: Caller, path: InstancePath, query: TimingsQuery): Promise<Timings> {
  await authorise(caller, 'deployment.read', path, projectAt(path), serviceAt(path), environmentAt(path));
  return timingsOf(path, query);
}

/** The same for all teams together, which reveals nothing about a single team. */
export function installationTimings(query: TimingsQuery): Promise<Timings> {
  return timingsOf('installation', query);
}

/** Deletes the counts of a service in an environment that is deleted; harmless when repeated. */
export function eraseTimings(instance: Omit<InstancePath, 'projectId'>): Promise<void> {
  return eraseDays(instance);
}

async function timingsOf(scope: Scope, { days = String(DEFAULT_DAYS) }: TimingsQuery): Promise<Timings> {
  const now = Date.now();
  const [from, to] = [dayOf(now - (Number(days) - 1) * DAY_MS), dayOf(now)];
  const counters = sumOf(await readDays(scope, from, to));
  const counted = (end: End) => counters.get(endCounter(end)) ?? 0;
  const distribution = (name: Series) => distributionOf(histogramIn(counters, name));
  return {
    from,
    to,
    ended: {
      live: counted('live'),
      failed: counted('failed'),
      superseded: counted('superseded'),
      cancelled: counted('cancelled'),
    },
    total: distribution('total'),
    platform: distribution('platform'),
    steps: stepNames.map((name) => ({ name, ...distribution(name) })).filter(({ count }) => count > 0),
  };
}

/** A live deployment sends another event when it is removed, which ends no run. */
function isEnd(status: DeploymentStatus): status is End {
  return ends.some((end) => end === status);
}

function endCounter(end: End): string {
  return `ended:${end}`;
}

/** The day in UTC, `2026-11-20`, of a time in milliseconds since 1970. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function sumOf(days: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const [name, number] of days.flatMap((day) => [...day])) sum.set(name, (sum.get(name) ?? 0) + number);
  return sum;
}

function histogramIn(counters: ReadonlyMap<string, number>, name: Series): Histogram {
  const prefix = `${name}:`;
  const own = [...counters].filter(([counter]) => counter.startsWith(prefix));
  return new Map(own.map(([counter, number]) => [Number(counter.slice(prefix.length)), number]));
}
