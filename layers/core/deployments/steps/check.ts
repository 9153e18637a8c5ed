import { lastLines } from '@gantry/cluster/settle.ts';
import { checkHealth } from '@gantry/cluster/watch.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Analysis } from '@gantry/contract/schemas/analysis.ts';
import { limitsOf, observe, secondsToLook } from '../../analysis/observe.ts';
import { sentenceOf } from '../../analysis/sentence.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import type { DeploymentRecord, ReleaseRecord } from '../../records/deployments.ts';
import { type Attempt, DEPLOY_ACTOR, type Progress, readProgress, requireCurrent } from '../progress.ts';
import { releaseFor, specOf, watchedUntil } from '../release.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

export interface Checked {
  /** How long to wait before the next look at the same share; 0 when the release may have the next share. */
  readonly bakeSeconds: number;
  /** How long this run will then have waited in all. */
  readonly bakedSeconds: number;
}

/** A pause ends after this time, and its deployment with it: six hours, less than half of the time that a machine runs. */
const LONGEST_PAUSE_MS = 6 * 3600_000;

/**
 * Looks at a release under its share of the traffic: at its health, and at what the traffic says of it. Before, the run waited for `bakedSeconds`. Throws
 * ReleaseFailed when the release is unhealthy, worse than the one beside it, or paused for too long, and Superseded when it is no longer wanted.
 */
export async function check(ref: Attempt, bakedSeconds: number): Promise<Checked> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const release = await releaseFor(ref, progress);
  await requireHealthy(ref, progress, release);
  const analysis = await analysisOf(ref, progress, release);
  const [next, bakeSeconds] = nextOf(progress.deployment, release, Date.now(), analysis?.verdict);
  const baked = bakedSeconds + bakeSeconds;
  if (analysis !== undefined || bakeSeconds > 0) await retryStale(() => recordLook(ref, analysis, baked));
  if (next !== 'stop') return { bakeSeconds, bakedSeconds: baked };
  const lines = await lastLines(specOf(release, progress.instance, ref.generation), undefined);
  throw new GantryError('ReleaseFailed', stopped(progress.deployment, analysis), [], { lines });
}

/** What the traffic says; undefined when nobody asks, or when no release serves beside it. */
async function analysisOf({ teamId, serviceId, environmentId }: Attempt, progress: Progress, release: ReleaseRecord) {
  const { liveReleaseId: stableId } = progress.instance;
  const { shares = [] } = progress.deployment;
  if (release.analysis !== true || stableId === undefined || shares.length === 0) return undefined;
  const limits = limitsOf(release);
  return observe({ teamId, serviceId, environmentId, releaseId: release.id, stableId, shares, limits });
}

async function requireHealthy(ref: Attempt, { deployment, instance }: Progress, release: ReleaseRecord) {
  const { steps, run, weight } = deployment;
  const shifted = steps.find((step) => step.name === 'shift' && step.run === run);
  const spec = specOf(release, instance, ref.generation);
  const found = await checkHealth(spec, Date.parse(shifted?.startedAt ?? ''));
  if (found.state === 'healthy') return;
  const detail = `With ${weight} % of the traffic it was no longer healthy. ${found.detail}`;
  throw new GantryError('ReleaseFailed', detail, [], { lines: await lastLines(spec, found.pod) });
}

/** What follows at `now` (milliseconds since 1970), and how many seconds to wait for the next look. */
function nextOf(
  { shares = [], pausedAt, advancedFrom }: DeploymentRecord,
  release: ReleaseRecord,
  now: number,
  verdict: Analysis['verdict'] = 'good',
): readonly ['wait' | 'go on' | 'stop', number] {
  const shareAt = Date.parse(shares.at(-1)?.at ?? '') || now;
  const wait = (until: number) => ['wait', secondsToLook(now, shareAt, until)] as const;
  if (verdict === 'bad') return ['stop', 0];
  if (pausedAt !== undefined) {
    const until = Date.parse(pausedAt) + LONGEST_PAUSE_MS;
    return now < until ? wait(until) : ['stop', 0];
  }
  if (advancedFrom === shares.length) return ['go on', 0];
  const baked = shareAt + release.bakeSeconds * 1000;
  if (verdict === 'good') return now < baked ? wait(baked) : ['go on', 0];
  const until = watchedUntil(release, shareAt);
  if (now < until) return wait(until);
  return [release.whenUnclear === 'stop' ? 'stop' : 'go on', 0];
}

function stopped({ weight, pausedAt }: DeploymentRecord, analysis: Analysis | undefined): string {
  const bad = (analysis?.checks ?? []).filter(({ verdict }) => verdict === 'bad').map(sentenceOf);
  if (bad.length > 0) return `With ${weight} % of the traffic it was worse than it may be. ${bad.join(' ')}`;
  if (pausedAt !== undefined) return 'It was paused for six hours. Deploy again.';
  return `With ${weight} % of the traffic it had too few requests to tell whether it is good. Wait longer, or let such a release go on: \`gantry service update --patience 30\`, \`--when-unclear continue\`.`;
}

async function recordLook(ref: Attempt, analysis: Analysis | undefined, bakedSeconds: number): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const patch = { bakedSeconds, ...(analysis && { analysis }) };
  const { write, changed } = changeDeployment(progress.deployment, patch);
  await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
}
