import { lastLines } from '@gantry/cluster/settle.ts';
import { checkHealth } from '@gantry/cluster/watch.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Analysis } from '@gantry/contract/schemas/analysis.ts';
import { observe, secondsToLook } from '../../analysis/observe.ts';
import { sentenceOf } from '../../analysis/sentence.ts';
import { retryStale, transact } from '../../kernel/transact.ts';
import type { ReleaseRecord } from '../../records/deployments.ts';
import { type Attempt, DEPLOY_ACTOR, type Progress, readProgress, requireCurrent } from '../progress.ts';
import { releaseFor, specOf, watchedUntil } from '../release.ts';
import { changeDeployment, deploymentChange } from '../writes.ts';

export interface Checked {
  /** How long to wait before the next look at the same share; 0 when the release may have the next share. */
  readonly bakeSeconds: number;
  /** How long this run will then have waited in all. */
  readonly bakedSeconds: number;
}

/**
 * Checks a release under its share of the traffic: its health, and the verdict by its traffic. The run has waited
 * `bakedSeconds` before. Throws ReleaseFailed when the release is unhealthy or worse than the live one, and Superseded
 * when it is no longer wanted.
 */
export async function check(ref: Attempt, bakedSeconds: number): Promise<Checked> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const release = await releaseFor(ref, progress);
  await requireHealthy(ref, progress, release);
  const { shares = [] } = progress.deployment;
  const { liveReleaseId: stableId } = progress.instance;
  const share = shares.at(-1);
  if (release.analysis !== true || stableId === undefined || share === undefined)
    return { bakeSeconds: 0, bakedSeconds };
  const { maxErrorPercent = null, maxP95Ms = null } = release;
  const { teamId, serviceId, environmentId } = ref;
  const observed = { teamId, serviceId, environmentId, releaseId: release.id, stableId, shares };
  const analysis = await observe({ ...observed, limits: { maxErrorPercent, maxP95Ms } });
  const shareAt = Date.parse(share.at);
  const now = Date.now();
  const next = nextOf(analysis, release, shareAt, now);
  const bakeSeconds = next === 'wait' ? secondsToLook(now, shareAt, watchedUntil(release, shareAt)) : 0;
  const baked = bakedSeconds + bakeSeconds;
  await retryStale(() => recordAnalysis(ref, analysis, baked));
  if (next !== 'stop') return { bakeSeconds, bakedSeconds: baked };
  const lines = await lastLines(specOf(release, progress.instance, ref.generation), undefined);
  throw new GantryError('ReleaseFailed', stopped(analysis), [], { lines });
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

/** The action for a verdict at `now` on a share that began at `shareAt`, both in milliseconds since 1970. */
function nextOf(
  { verdict }: Analysis,
  release: ReleaseRecord,
  shareAt: number,
  now: number,
): 'wait' | 'go on' | 'stop' {
  if (verdict === 'bad') return 'stop';
  if (now < shareAt + release.bakeSeconds * 1000) return 'wait';
  if (verdict === 'good') return 'go on';
  if (now < watchedUntil(release, shareAt)) return 'wait';
  return release.whenUnclear === 'stop' ? 'stop' : 'go on';
}

function stopped({ verdict, weight, checks }: Analysis): string {
  const bad = checks.filter((each) => each.verdict === 'bad').map(sentenceOf);
  if (verdict === 'bad') return `With ${weight} % of the traffic it was worse than it may be. ${bad.join(' ')}`;
  return `With ${weight} % of the traffic the release had too few requests for a verdict. Wait longer, or let such a release continue: \`gantry service update --patience 30\`, \`--when-unclear continue\`.`;
}

async function recordAnalysis(ref: Attempt, analysis: Analysis, bakedSeconds: number): Promise<void> {
  const progress = await readProgress(ref);
  requireCurrent(progress, ref);
  const { write, changed } = changeDeployment(progress.deployment, { analysis, bakedSeconds });
  await transact([write], deploymentChange('deployment.advanced', changed, DEPLOY_ACTOR));
}
