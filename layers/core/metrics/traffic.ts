import { loadBalancers, type Minutes, minutesOf, targetGroupOf, type Wanted } from '@gantry/cloud/cloudwatch.ts';
import { targetGroups } from '@gantry/cluster/target-group.ts';
import { fromKubernetesName } from '@gantry/contract/ids.ts';
import { fromQuantiles } from './histogram.ts';
import { NOTHING, type Reading, type Readings } from './reading.ts';

/** Readings of releases by the minute since 1970. */
export type ReadingsByMinute = ReadonlyMap<number, Readings>;

/** The quantiles of a minute that are read: those that people look at come out exactly, and the others say where the rest lies. */
const QUANTILES = [
  { statistic: 'Minimum', share: 0 },
  ...[25, 50, 75, 90, 95, 99].map((percent) => ({ statistic: `p${percent}`, share: percent / 100 })),
  { statistic: 'Maximum', share: 1 },
] as const;
const COUNTS = ['RequestCount', 'HTTPCode_Target_5XX_Count', 'TargetConnectionErrorCount'] as const;

/** The load balancer before all apps; there is one Gateway now. It is looked for again while nothing is counted behind it. */
let balancer: string | undefined;

/**
 * What the load balancer counted of releases, in the minutes from `from` until before `until`. How long requests took is read only of releases that had
 * any: each metric that is asked for has its price. `only` names the releases to read, by default all.
 */
export async function trafficOf(from: number, until: number, only?: readonly string[]): Promise<ReadingsByMinute> {
  const groups = [...(await targetGroups())].flatMap(([name, arn]) => {
    const releaseId = fromKubernetesName('release', name);
    if (releaseId === undefined || only?.includes(releaseId) === false) return [];
    return [{ releaseId, targetGroup: targetGroupOf(arn) }];
  });
  const loadBalancer = await balancerOf(groups.map(({ targetGroup }) => targetGroup));
  if (loadBalancer === undefined) return new Map();
  const ask = (wanted: readonly Omit<Wanted, 'loadBalancer'>[]) =>
    minutesOf(
      wanted.map((each) => ({ ...each, loadBalancer })),
      from,
      until,
    );
  const counts = await ask(
    groups.flatMap(({ targetGroup }) => COUNTS.map((metric) => ({ targetGroup, metric, statistic: 'Sum' }))),
  );
  const counted = groups.map((group, index) => {
    const [requests = NONE, failed = NONE, unreached = NONE] = counts.slice(index * COUNTS.length);
    return { ...group, requests, failed, unreached };
  });
  const busy = counted.filter(({ requests }) => requests.size > 0);
  balancer = busy.length === 0 ? undefined : loadBalancer;
  const times = await ask(
    busy.flatMap(({ targetGroup }) =>
      QUANTILES.map(({ statistic }) => ({ targetGroup, metric: 'TargetResponseTime' as const, statistic })),
    ),
  );
  const readings = new Map<number, Map<string, Reading>>();
  for (const [index, { releaseId, requests, failed, unreached }] of busy.entries()) {
    const known = times.slice(index * QUANTILES.length, (index + 1) * QUANTILES.length);
    for (const [minute, count] of requests) {
      const errors = (failed.get(minute) ?? 0) + (unreached.get(minute) ?? 0);
      const reading = { ...NOTHING, requests: count, errors, times: timesAt(minute, count, known) };
      readings.set(minute, (readings.get(minute) ?? new Map()).set(releaseId, reading));
    }
  }
  return readings;
}

const NONE: Minutes = new Map();

/** CloudWatch has seconds. A minute of which it has no times yet comes again with the next run. */
function timesAt(minute: number, count: number, known: readonly Minutes[]) {
  const quantiles = QUANTILES.flatMap(({ share }, index) => {
    const seconds = known[index]?.get(minute);
    return seconds === undefined ? [] : [{ share, ms: seconds * 1000 }];
  });
  return fromQuantiles(quantiles.length === 0 ? 0 : count, quantiles);
}

/** A release without metrics of its own yet is behind the same load balancer as the others. */
async function balancerOf(groups: readonly string[]): Promise<string | undefined> {
  if (balancer !== undefined || groups.length === 0) return balancer;
  const known = await loadBalancers();
  return groups.map((group) => known.get(group)).find((found) => found !== undefined);
}
