import { MOST_MINUTES } from '@gantry/cloud/cloudwatch.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { type ReleaseUsage, usageOfReleases } from '@gantry/cluster/usage.ts';
import { eachLimited } from '../kernel/limited.ts';
import { InstanceEntity, SHARD } from '../records/deployments.ts';
import type { InstanceKey } from '../records/instances.ts';
import { type Collected, readCollected, writeCollected } from '../records/metrics.ts';
import { fuller, NOTHING, type Reading } from './reading.ts';
import { recordMinutes, rollUp } from './spans.ts';
import { type ReadingsByMinute, trafficOf } from './traffic.ts';

const MINUTE_MS = 60_000;
/** CloudWatch may complete a minute this many minutes later. */
const LATE = 3;
/** After a longer pause, the minutes before that are lost: one request reads no more. */
const LONGEST = MOST_MINUTES;
/** The shortest roll-up, in minutes. */
const SHORTEST = 5;
const CONCURRENCY = 20;

/**
 * Releases with replicas in the last minutes, by id. The load balancer still completes a minute of releases that
 * stopped.
 */
const recent = new Map<string, { readonly usage: ReleaseUsage; readonly minute: number }>();

/**
 * Collects the minutes since the last run of every service that runs, at most a day of them: a look at its replicas each minute, and its traffic every
 * TRAFFIC_MINUTES. Stops at `deadline`, in milliseconds since 1970; the next run then collects the same minutes again. A failure for one service does
 * not stop the others; afterwards the first error is thrown. `now` is the present minute, since 1970. Answers the releases of which it recorded traffic.
 */
export async function collect(deadline: number, now = Math.floor(Date.now() / MINUTE_MS)): Promise<Counted[]> {
  const [usage, looks, counted] = await Promise.all([usageOfReleases(), lastOf('looks', now), lastOf('traffic', now)]);
  for (const each of usage) recent.set(each.releaseId, { usage: each, minute: now });
  const every = Number(environment('TRAFFIC_MINUTES'));
  for (const [id, { minute }] of recent) if (minute < now - LATE - every || minute > now) recent.delete(id);
  const rolledUp = floorTo(looks + 1, SHORTEST);
  const isRollUpDue = rolledUp < floorTo(now, SHORTEST);
  const from = Math.max(counted + 1 - LATE, now - LONGEST);
  const isTrafficDue = recent.size > 0 && floorTo(counted + 1, every) < floorTo(now, every);
  const traffic = isTrafficDue ? await trafficOf(from, now) : undefined;
  // The traffic of a new load balancer arrives late, in minutes whose roll-ups exist already.
  const isLate = traffic !== undefined && counted + 1 < rolledUp;
  const services = servicesOf(isRollUpDue ? await deployedInstances() : []);
  const seenNow = new Set(usage);
  await eachLimited(services, CONCURRENCY, async ({ instance, releases }) => {
    if (Date.now() >= deadline) throw new Error('There was no time for the metrics of some services.');
    await recordMinutes(instance, seenOf(releases, traffic ?? NO_TRAFFIC, seenNow, now - 1));
    if (isRollUpDue || isLate) await rollUp(instance, Math.max(now - LONGEST, Math.min(from, rolledUp - LATE)), now);
  });
  if (traffic !== undefined) await writeCollected('traffic', now - 1, now);
  await writeCollected('looks', now - 1, now);
  const withTraffic = new Set([...(traffic ?? NO_TRAFFIC).values()].flatMap((readings) => [...readings.keys()]));
  return services.flatMap(({ releases }) => releases.filter(({ releaseId }) => withTraffic.has(releaseId)));
}

/** A release that had traffic. */
export type Counted = InstanceKey & Pick<ReleaseUsage, 'releaseId'>;

const NO_TRAFFIC: ReadingsByMinute = new Map();

function floorTo(minute: number, length: number): number {
  return Math.floor(minute / length) * length;
}

/** The last minute that was collected. Without one, or by a clock that ran ahead, the day before may be missing. */
async function lastOf(of: Collected, now: number): Promise<number> {
  const last = await readCollected(of);
  return last === undefined || last >= now ? now - LONGEST : last;
}

/** The services of recent releases, and all of `others`: one that stopped has minutes that no roll-up holds yet. */
function servicesOf(others: readonly InstanceKey[]): Service[] {
  const services = new Map<string, Service>();
  const add = (instance: InstanceKey, ...more: readonly ReleaseUsage[]) => {
    const key = `${instance.serviceId} ${instance.environmentId}`;
    const { releases } = services.get(key) ?? { releases: [] };
    services.set(key, { instance, releases: [...releases, ...more] });
  };
  for (const instance of others) add(instance);
  for (const { usage } of recent.values()) add(usage, usage);
  return [...services.values()];
}

interface Service {
  readonly instance: InstanceKey;
  readonly releases: readonly ReleaseUsage[];
}

/** The readings of one service: its traffic by minute and, in the last minute, a look at its replicas. */
function seenOf(
  releases: readonly ReleaseUsage[],
  traffic: ReadingsByMinute,
  looks: ReadonlySet<ReleaseUsage>,
  last: number,
): ReadingsByMinute {
  const seen = new Map<number, Map<string, Reading>>();
  const add = (minute: number, releaseId: string, reading: Reading) => {
    const readings = seen.get(minute) ?? new Map<string, Reading>();
    seen.set(minute, readings.set(releaseId, fuller(readings.get(releaseId) ?? NOTHING, reading)));
  };
  for (const usage of releases) {
    if (looks.has(usage)) add(last, usage.releaseId, lookAt(usage));
    for (const [minute, readings] of traffic) {
      const reading = readings.get(usage.releaseId);
      if (reading !== undefined) add(minute, usage.releaseId, reading);
    }
  }
  return seen;
}

/** A look at replicas. Before the cluster has measured one, only their number and their restarts are known. */
function lookAt({ replicas, restarts, measured, cpu, memory }: ReleaseUsage): Reading {
  const used =
    measured === 0
      ? {}
      : { looks: 1, cpu: Math.round(cpu), memory: Math.round(memory), mostMemory: Math.round(memory), replicas };
  return { ...NOTHING, ...used, restarts };
}

/** Every instance: each service in each environment to which it was deployed. */
async function deployedInstances(): Promise<InstanceKey[]> {
  const { data } = await InstanceEntity.query.byShard({ shard: SHARD }).go({ pages: 'all' });
  return data.filter(({ liveReleaseId }) => liveReleaseId !== undefined);
}
