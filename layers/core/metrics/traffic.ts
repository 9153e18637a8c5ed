import {
  type CountMetric,
  countsOf,
  loadBalancers,
  type Measured,
  type Minutes,
  targetGroupOf,
  timesOf,
} from '@gantry/cloud/cloudwatch.ts';
import { targetGroups } from '@gantry/cluster/target-group.ts';
import { fromKubernetesName } from '@gantry/contract/ids.ts';
import { eachLimited } from '../kernel/limited.ts';
import { fromQuantiles } from './histogram.ts';
import { NOTHING, type Reading, type Readings } from './reading.ts';

/** Readings of releases by the minute since 1970. */
export type ReadingsByMinute = ReadonlyMap<number, Readings>;

/**
 * The percentiles that are read for a minute. The usual percentiles of charts are among them, so those are exact; the
 * others show the distribution of the rest.
 */
const PERCENTS = [0, 25, 50, 75, 90, 95, 99, 100];
/** Requests that the app failed: its 5xx, and connections that no replica took. */
const FAILURES: readonly CountMetric[] = ['HTTPCode_Target_5XX_Count', 'TargetConnectionErrorCount'];
/** CloudWatch takes 400 requests a second: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const CONCURRENCY = 10;

/** The load balancer in front of all apps, because there is one Gateway. It is searched again while it has no counts. */
let balancer: string | undefined;

/**
 * The load balancer's counts of releases, in the minutes from `from` until before `until`. Undefined while CloudWatch
 * does not list the load balancer yet: ask for the same minutes again. Each request to CloudWatch has a price. So
 * latency is read only for releases with requests, and failures only if the whole load balancer counted some. `only`
 * names the releases to read, by default all.
 */
export async function trafficOf(
  from: number,
  until: number,
  only?: readonly string[],
): Promise<ReadingsByMinute | undefined> {
  const groups = [...(await targetGroups())].flatMap(([name, arn]) => {
    const releaseId = fromKubernetesName('release', name);
    if (releaseId === undefined || only?.includes(releaseId) === false) return [];
    return [{ releaseId, targetGroup: targetGroupOf(arn) }];
  });
  if (groups.length === 0 || until <= from) return new Map();
  const loadBalancer = await balancerOf(groups.map(({ targetGroup }) => targetGroup));
  if (loadBalancer === undefined) return undefined;
  const failed = await failuresOf({ loadBalancer }, FAILURES, from, until);
  const readings = new Map<number, Map<string, Reading>>();
  await eachLimited(groups, CONCURRENCY, async ({ releaseId, targetGroup }) => {
    const of = { loadBalancer, targetGroup };
    const requests = await countsOf(of, 'RequestCount', from, until);
    if (requests.size === 0) return;
    const [failures, times] = await Promise.all([
      failuresOf(of, [...failed.keys()], from, until),
      timesOf(of, PERCENTS, from, until),
    ]);
    for (const [minute, count] of requests) {
      const errors = [...failures.values()].reduce((sum, failure) => sum + (failure.get(minute) ?? 0), 0);
      const reading = { ...NOTHING, requests: count, errors, times: histogramOf(count, times.get(minute) ?? []) };
      readings.set(minute, (readings.get(minute) ?? new Map()).set(releaseId, reading));
    }
  });
  balancer = readings.size === 0 ? undefined : loadBalancer;
  return readings;
}

/** The failures that were counted at all, by their metric. */
async function failuresOf(of: Measured, metrics: readonly CountMetric[], from: number, until: number) {
  const found = new Map<CountMetric, Minutes>();
  await eachLimited(metrics, CONCURRENCY, async (metric) => {
    const counts = await countsOf(of, metric, from, until);
    if (counts.size > 0) found.set(metric, counts);
  });
  return found;
}

/** CloudWatch gives seconds. A minute without times yet comes again with the next run. */
function histogramOf(count: number, seconds: readonly (number | undefined)[]) {
  const known = PERCENTS.flatMap((percent, index) => {
    const value = seconds[index];
    return value === undefined ? [] : [{ share: percent / 100, ms: value * 1000 }];
  });
  return fromQuantiles(known.length === 0 ? 0 : count, known);
}

/** A release without metrics of its own yet is behind the same load balancer as the others. */
async function balancerOf(groups: readonly string[]): Promise<string | undefined> {
  if (balancer !== undefined) return balancer;
  const known = await loadBalancers();
  return groups.map((group) => known.get(group)).find((found) => found !== undefined);
}
