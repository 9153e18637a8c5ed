import { limitsOf, observeLive } from '../analysis/observe.ts';
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
/** The most minutes after which traffic is collected. */
const COLLECTED_LATE = 7;

/** Releases whose watch is over, or that have none: no run looks for them again. */
const unwatched = new Set<string>();

/**
 * Rolls back each live release that broke its limits soon after it went live. Looks only at releases that had traffic.
 * Stops at `deadline`, in milliseconds since 1970: the next run judges by the same minutes. Harmless when repeated.
 */
export async function watchLive(counted: readonly Counted[], deadline: number): Promise<void> {
  const present = new Set(counted.map(({ releaseId }) => releaseId));
  for (const id of unwatched) if (!present.has(id)) unwatched.delete(id);
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
  const { previousReleaseId: previousId, liveDeploymentId } = instance;
  const { checks } = await observeLive({ ...key, releaseId, previousId, liveAt, limits: limitsOf(release) });
  const broken = checks.filter(({ verdict }) => verdict === 'bad').map(sentenceOf);
  if (broken.length === 0 || liveDeploymentId === undefined) return;
  const detail = `Since it went live it was worse than it may be. ${broken.join(' ')}`;
  await takeBackLive(key, liveDeploymentId, { detail, lines: [], isNew: () => true }, ANALYSIS_ACTOR);
}

/** A release from before there was a watch has none. The last minutes of a watch are collected late. */
function watchMs({ analysis, watchMinutes = 0 }: ReleaseRecord): number {
  return analysis === true && watchMinutes > 0 ? (watchMinutes + COLLECTED_LATE) * 60_000 : 0;
}
