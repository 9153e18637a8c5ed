import { MOST_MINUTES } from '@gantry/cloud/cloudwatch.ts';
import type { Analysis } from '@gantry/contract/schemas/analysis.ts';
import { added, countOf } from '../metrics/histogram.ts';
import { p95Of, readMinutes } from '../metrics/minutes.ts';
import { NOTHING } from '../metrics/reading.ts';
import { trafficOf } from '../metrics/traffic.ts';
import type { ReleaseRecord } from '../records/deployments.ts';
import type { InstanceKey } from '../records/instances.ts';
import { judge, type Limits, type Minute } from './judge.ts';

const MINUTE_MS = 60_000;
/** The time before a release gets traffic that says how fast the release before usually is, in minutes. */
const USUAL_MINUTES = 60;
/** Fewer requests say too little about how fast it usually is. */
const USUAL_REQUESTS = 200;

/** The limits that a release has of its own. */
type FixedLimits = Omit<Limits, 'usualP95Ms'>;

/** The limits of a release; null for one that is off. */
export function limitsOf({ maxErrorPercent, maxP95Ms }: ReleaseRecord): FixedLimits {
  return { maxErrorPercent: maxErrorPercent ?? null, maxP95Ms: maxP95Ms ?? null };
}

/** A release that shares the traffic with the one that is live. */
export interface Observed extends InstanceKey {
  readonly releaseId: string;
  readonly stableId: string;
  /** Every share of the traffic that the release had, in percent, and when each began; oldest first, at least one. */
  readonly shares: readonly { readonly weight: number; readonly at: string }[];
  readonly limits: FixedLimits;
}

/**
 * The verdict on a release by its traffic. Only whole minutes without a change of its share count. In any other minute
 * the two releases got their requests at different times, and an outage of both would look like the fault of one.
 */
export async function observe({ releaseId, stableId, shares, limits, ...instance }: Observed): Promise<Analysis> {
  const now = Date.now();
  const changes = shares.map(({ at }) => Math.floor(Date.parse(at) / MINUTE_MS));
  const [began = 0] = changes;
  const [from, until] = [began + 1, Math.floor(now / MINUTE_MS)];
  // Longer bakes are judged by their last day: one request reads no more.
  const traffic = await trafficOf(Math.max(from, until - MOST_MINUTES), until, [releaseId, stableId]);
  const minutes = [...(traffic ?? [])]
    .filter(([minute]) => !changes.includes(minute))
    .map(([, readings]): Minute => {
      return { release: readings.get(releaseId) ?? NOTHING, stable: readings.get(stableId) ?? NOTHING };
    });
  const usualP95Ms = await usual(instance, stableId, began);
  const last = shares.at(-1) ?? { weight: 0 };
  return {
    ...judge(minutes, { ...limits, usualP95Ms }),
    weight: last.weight,
    since: new Date(began * MINUTE_MS).toISOString(),
    lookedAt: new Date(now).toISOString(),
    minutes: minutes.length,
  };
}

/** A live release, and the one that it took over from. */
export interface ObservedLive extends InstanceKey {
  readonly releaseId: string;
  readonly previousId: string | undefined;
  /** When it went live, in milliseconds since 1970. */
  readonly liveAt: number;
  readonly limits: FixedLimits;
}

/** What the recorded minutes say of a live release: only the limits judge it, because no other release serves beside it. */
export async function observeLive({ releaseId, previousId, liveAt, limits, ...instance }: ObservedLive) {
  const live = Math.floor(liveAt / MINUTE_MS);
  const minutes = await readMinutes(instance, live - USUAL_MINUTES, Math.floor(Date.now() / MINUTE_MS));
  const seen = [...minutes].map(([minute, readings]): Minute => {
    const reading = (id: string | undefined) => (id === undefined ? undefined : readings.get(id)) ?? NOTHING;
    // In the minute of the switch both served.
    return minute > live
      ? { release: reading(releaseId), stable: NOTHING }
      : { release: NOTHING, stable: minute < live ? reading(previousId) : NOTHING };
  });
  return judge(seen, { ...limits, usualP95Ms: null });
}

/** The 95th percentile of a release in the hour before `minute`, in milliseconds; null after too few requests. */
async function usual(instance: InstanceKey, releaseId: string, minute: number): Promise<number | null> {
  const minutes = await readMinutes(instance, minute - USUAL_MINUTES, minute);
  const times = added([...minutes.values()].flatMap((readings) => readings.get(releaseId)?.times ?? []));
  return countOf(times) < USUAL_REQUESTS ? null : (p95Of({ times }) ?? null);
}

/** A minute's metrics appear a moment after its end. */
const SETTLE_MS = 3_000;

/**
 * How many seconds to wait before the next look at a share: until a moment after the next minute is over, and after the first
 * whole minute of the share. The share began at `shareAt` and is watched until `until`, all in milliseconds since 1970.
 */
export function secondsToLook(now: number, shareAt: number, until: number): number {
  const firstWhole = Math.ceil(shareAt / MINUTE_MS) + 1;
  const next = Math.floor(now / MINUTE_MS) + 1;
  const look = Math.max(firstWhole, next) * MINUTE_MS + SETTLE_MS;
  return Math.ceil(Math.max(0, Math.min(look, until) - now) / 1000);
}
