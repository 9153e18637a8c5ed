import { observeLive } from '../analysis/observe.ts';
import { sentenceOf } from '../analysis/sentence.ts';
import { eachLimited } from '../kernel/limited.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import type { Counted } from '../metrics/collect.ts';
import { instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import type { ReleaseRecord } from '../records/deployments.ts';
import { takeBackLive } from './take-back.ts';

/** The actor of a rollback by broken limits. */
const ANALYSIS_ACTOR = 'analysis';
const CONCURRENCY = 10;

/** Releases whose watch is over, or that have none: no run looks for them again. */
const unwatched = new Set<string>();

/**
 * Rolls back each live release that broke its limits soon after it went live, of those that had traffic. Stops at `deadline`, in milliseconds since 1970: the
 * next run judges by the same minutes. Harmless when repeated.
 */
export async function watchLive(counted: readonly Counted[], deadline: number): Promise<void> {
  for (const id of unwatched) if (!counted.some(({ releaseId }) => releaseId === id)) unwatched.delete(id);
  const watched = counted.filter(({ releaseId }) => !unwatched.has(releaseId));
  await eachLimited(watched, CONCURRENCY, async (release) => {
    if (Date.now() < deadline) await watch(release);
  });
}

async function watch({ releaseId, ...key }: Counted): Promise<void> {
  const [release, instance] = await lookUp(optional(releaseAt(key.teamId, releaseId)), optional(instanceAt(key)));
  if (release?.liveAt === undefined || instance?.liveReleaseId !== releaseId) return;
  const liveAt = Date.parse(release.liveAt);
  if (Date.now() > liveAt + watchMs(release)) {
    unwatched.add(releaseId);
    return;
  }
  const { maxErrorPercent = null, maxP95Ms = null } = release;
  const limits = { maxErrorPercent, maxP95Ms };
  const { teamId, serviceId, environmentId } = key;
  const { previousReleaseId: previousId } = instance;
  const { checks } = await observeLive({ teamId, serviceId, environmentId, releaseId, previousId, liveAt, limits });
  const broken = checks.filter(({ verdict }) => verdict === 'bad').map(sentenceOf);
  const { liveDeploymentId } = instance;
  if (broken.length === 0 || liveDeploymentId === undefined) return;
  const detail = `Since it went live it was worse than it may be. ${broken.join(' ')}`;
  await takeBackLive(key, liveDeploymentId, { detail, lines: [], isNew: () => true }, ANALYSIS_ACTOR);
}

/** A release from before there was a watch has none. The last minutes of a watch are collected late. */
function watchMs({ analysis, watchMinutes = 0 }: ReleaseRecord): number {
  return analysis === true && watchMinutes > 0 ? (watchMinutes + COLLECTED_LATE) * 60_000 : 0;
}

/** The most minutes after which traffic is collected. */
const COLLECTED_LATE = 7;
