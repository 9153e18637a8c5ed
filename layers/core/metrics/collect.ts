import { environment } from '@gantry/cloud/environment.ts';
import { type ReleaseUsage, usageOfReleases } from '@gantry/cluster/usage.ts';
import { eachLimited } from '../kernel/limited.ts';
import { InstanceEntity, SHARD } from '../records/deployments.ts';
import type { InstanceKey } from '../records/instances.ts';
import { readCollected, writeCollected } from '../records/metrics.ts';
import { fuller, NOTHING, type Reading } from './reading.ts';
import { recordMinutes, rollUp } from './spans.ts';
import { type ReadingsByMinute, trafficOf } from './traffic.ts';

const MINUTE_MS = 60_000;
/** CloudWatch may complete a minute this many minutes later. */
const LATE = 3;
/** After a longer pause, the minutes before that are lost: one day. */
const LONGEST = 24 * 60;
/** The shortest roll-up, in minutes. */
const SHORTEST = 5;
const CONCURRENCY = 20;

/** Releases with replicas in the last minutes, by id: of those that stopped, the load balancer still completes a minute. */
const recent = new Map<string, { readonly usage: ReleaseUsage; readonly minute: number }>();

/**
 * Collects the minutes since the last run of every service that runs, at most a day of them: a look at its replicas each minute, and its traffic every
 * TRAFFIC_MINUTES. Stops at `deadline`, in milliseconds since 1970; the next run then collects the same minutes again. A failure for one service does
 * not stop the others; afterwards the first error is thrown.
 */
export async function collect(deadline: number): Promise<void> {
  const now = Math.floor(Date.now() / MINUTE_MS);
  const [usage, collected = now - 1] = await Promise.all([usageOfReleases(), readCollected()]);
  for (const each of usage) recent.set(each.releaseId, { usage: each, minute: now });
  const every = Number(environment('TRAFFIC_MINUTES'));
  for (const [id, { minute }] of recent) if (minute < now - LATE - every) recent.delete(id);
  const isRollUpDue = Math.floor((collected + 1) / SHORTEST) < Math.floor(now / SHORTEST);
  if (recent.size === 0 && !isRollUpDue) return;
  const read = Math.floor(Math.min(collected + 1, now) / every) * every;
  const from = Math.max(read - LATE, now - LONGEST);
  const isTrafficDue = now % every === 0 || read < Math.floor(now / every) * every;
  const traffic = isTrafficDue && recent.size > 0 ? await trafficOf(from, now) : new Map();
  const services = new Map<string, Service>();
  const add = (instance: InstanceKey, release?: ReleaseUsage) => {
    const key = `${instance.serviceId} ${instance.environmentId}`;
    const service = services.get(key) ?? { instance, releases: [] };
    services.set(key, release === undefined ? service : { instance, releases: [...service.releases, release] });
  };
  // A service that stopped has minutes that no roll-up holds yet.
  if (isRollUpDue) for (const instance of await deployedInstances()) add(instance);
  for (const release of recent.values()) add(release.usage, release.usage);
  const looks = new Set(usage);
  await eachLimited([...services.values()], CONCURRENCY, async ({ instance, releases }) => {
    if (Date.now() >= deadline) throw new Error('There was no time for the metrics of some services.');
    await recordMinutes(instance, seenOf(releases, traffic, looks, now - 1));
    await rollUp(instance, from, now);
  });
  await writeCollected(now - 1);
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

/** Every service that was deployed, where it was. */
async function deployedInstances(): Promise<InstanceKey[]> {
  const { data } = await InstanceEntity.query.byShard({ shard: SHARD }).go({ pages: 'all' });
  return data.filter(({ liveReleaseId }) => liveReleaseId !== undefined);
}
