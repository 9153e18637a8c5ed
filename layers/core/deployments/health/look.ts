import { isDeepStrictEqual } from 'node:util';
import { type Observation, observeRelease } from '@gantry/cluster/health.ts';
import { lastLines } from '@gantry/cluster/settle.ts';
import { startFailure } from '@gantry/cluster/start-failure.ts';
import { item } from '../../kernel/entity.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { StaleWrite, transact } from '../../kernel/transact.ts';
import { deploymentAt, instanceAt, releaseAt } from '../../records/deployment-lookups.ts';
import type { DeploymentRecord, InstanceRecord, ReleaseRecord } from '../../records/deployments.ts';
import { HEALTH_ACTOR, HealthEntity, type HealthRecord, healthAt } from '../../records/health.ts';
import type { InstanceKey } from '../../records/instances.ts';
import { specOf } from '../release.ts';
import { askAgain } from './again.ts';
import { writePending } from './lines.ts';
import { freshExits, nextHealth } from './next.ts';
import { seenStopped, stoppedOf } from './stopped.ts';
import { takeBack } from './take-back.ts';
import { healthIdOf, viewHealth } from './view.ts';

/**
 * Compares the recorded health of an instance with its cluster, commits the changes with their event, and writes exits into the app's log. A repeat
 * changes nothing. A release that crashes soon after it went live is rolled back. `asked` is the requested time of this look, if there is one.
 */
export async function look(key: InstanceKey, asked?: number): Promise<void> {
  const found = await readLive(key);
  if (found === undefined) return;
  const { release, instance, known } = found;
  const observed = await observeRelease(specOf(release, instance, instance.generation), Date.now());
  const seen = stoppedOf(instance) === undefined ? observed : seenStopped(observed);
  const health = await record(found, seen);
  if (health === undefined) return;
  await writePending(health, health !== known);
  await takeBack(key, health);
  if (seen.lookInMs !== undefined) await askAgain(health, seen.lookInMs, asked);
}

interface Found {
  readonly instance: InstanceRecord;
  readonly live: DeploymentRecord;
  readonly release: ReleaseRecord;
  readonly known: HealthRecord | undefined;
}

async function readLive(key: InstanceKey): Promise<Found | undefined> {
  const [instance, known] = await lookUp(optional(instanceAt(key)), optional(healthAt(key)));
  if (instance?.liveDeploymentId === undefined || instance.liveReleaseId === undefined) return undefined;
  const [live, release] = await lookUp(
    optional(deploymentAt(key.teamId, instance.liveDeploymentId)),
    optional(releaseAt(key.teamId, instance.liveReleaseId)),
  );
  return live && release && { instance, live, release, known };
}

/** Answers the health as recorded now; undefined when another look of the same age has recorded meanwhile. */
async function record({ instance, live, release, known }: Found, seen: Observation): Promise<HealthRecord | undefined> {
  const before = known?.liveDeploymentId === live.id ? known : undefined;
  const fresh = freshExits(live, before, seen);
  const last = fresh.at(-1);
  const lines = last
    ? await lastLines(specOf(release, instance, instance.generation), last.replica)
    : (before?.lines ?? []);
  const isWell = seen.state === 'healthy' || seen.state === 'stopped';
  const detail = isWell
    ? undefined
    : ((last && startFailure({ exitCode: last.code }, 'start command', lines)) ?? seen.detail);
  const next = nextHealth({ live, seen, stopped: stoppedOf(instance), before, fresh, lines, detail, now: Date.now() });
  if (known !== undefined && !isNews(known, next, seen)) return known;
  const version = (known?.version ?? 0) + 1;
  const changed = { ...next, version };
  const write = HealthEntity.put(changed).where((held, { eq, notExists }) =>
    known === undefined ? notExists(held.version) : eq(held.version, known.version),
  );
  const { teamId } = live;
  const aggregate = { id: healthIdOf(live), version };
  const change = { name: 'health.changed', teamId, aggregate, actor: HEALTH_ACTOR, data: viewHealth(changed) } as const;
  try {
    await transact([{ item: item.put(write) }], change);
    return changed;
  } catch (error) {
    if (error instanceof StaleWrite) return undefined;
    throw error;
  }
}

/** Whether a look found anything to report. A replica that is unready for a moment is not reported, but looked at again. */
function isNews(known: HealthRecord, next: Omit<HealthRecord, 'version'>, seen: Observation): boolean {
  const flaps = next.state === 'healthy' && known.state === 'healthy' && seen.lookInMs !== undefined;
  const running = flaps ? known.running : next.running;
  return !isDeepStrictEqual(viewHealth({ ...next, running, version: 0 }), viewHealth({ ...known, version: 0 }));
}
