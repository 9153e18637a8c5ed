import { HEALTH_ACTOR, type HealthRecord } from '../../records/health.ts';
import type { InstanceKey } from '../../records/instances.ts';
import { takeBackLive } from '../take-back.ts';

/** A release that begins to crash within this time after it went live is rolled back, in milliseconds. */
const WATCHED_MS = 60_000;

/** Rolls back a release that crashes soon after it went live. */
export async function takeBack(
  key: InstanceKey,
  { state, since, detail = '', lines, liveDeploymentId }: HealthRecord,
): Promise<void> {
  if (state !== 'crashing' || liveDeploymentId === undefined) return;
  const isNew = ({ finishedAt }: { readonly finishedAt?: string | undefined }) =>
    Date.parse(since) - Date.parse(finishedAt ?? '') <= WATCHED_MS;
  await takeBackLive(key, liveDeploymentId, { detail, lines, isNew }, HEALTH_ACTOR);
}
