import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { type InstancePath, instanceAt } from '../records/deployment-lookups.ts';
import { HealthEntity, type HealthRecord, healthAt } from '../records/health.ts';
import { requireActive, whileActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { enqueue, inFlight } from './enqueue.ts';
import { recordedHealth } from './health/operations.ts';
import { stoppedOf } from './health/stopped.ts';
import { healthIdOf, viewHealth } from './health/view.ts';
import { newRecord } from './record.ts';
import { viewDeployment } from './view.ts';
import { changeInstance } from './writes.ts';

/**
 * Stops the live release of a service in an environment. From this commit on, the table says that nothing of the service runs; the consumer of the
 * event and the reconciler bring the cluster there. The release, its route and its records stay. A stopped service is answered again. Throws Conflict
 * when nothing is live, or when a deployment is in flight, which would start the service.
 */
export function stopService(caller: Caller, path: InstancePath): Promise<InstanceHealth> {
  return retryStale(async () => {
    const { instance, known } = await liveOf(caller, path);
    const health = recordedHealth(path, instance, known);
    if (stoppedOf(instance) !== undefined) return viewHealth(health);
    const active = await inFlight(instance);
    if (active !== undefined)
      throw new GantryError(
        'Conflict',
        `Deployment ${active.id} is in flight, and would start the service. Wait for it, or cancel it.`,
      );
    const stopped = { at: new Date().toISOString(), by: caller.userId };
    const changed = recordOf(health, stopped);
    const reply = willAnswer(viewHealth(changed));
    await transact(
      [
        changeInstance(instance, { stoppedAt: stopped.at, stoppedBy: stopped.by }, ['warmUntil']),
        writeHealth(changed, known),
        ...whileActive(projectAt(path), serviceAt(path), environmentAt(path)),
      ],
      {
        name: 'service.stopped',
        teamId: path.teamId,
        aggregate: { id: healthIdOf(path), version: changed.version },
        actor: caller.userId,
        data: reply,
      },
    );
    return reply;
  });
}

/**
 * Queues the start of the release that was live when the service was stopped; it is live once it is healthy. A start in flight is answered again.
 * Throws Conflict when nothing is live, the service is not stopped, or another deployment is in flight.
 */
export function startService(caller: Caller, path: InstancePath): Promise<Deployment> {
  return retryStale(async () => {
    const { instance, releaseId } = await liveOf(caller, path);
    const active = await inFlight(instance);
    if (active?.source.kind === 'release' && active.source.started === true) return viewDeployment(active);
    if (active !== undefined)
      throw new GantryError('Conflict', `Deployment ${active.id} is in flight, and starts the service. Wait for it.`);
    if (stoppedOf(instance) === undefined) throw new GantryError('Conflict', 'The service is not stopped.');
    return enqueue({
      deployment: newRecord(path, { kind: 'release', releaseId, started: true }, { createdBy: caller.userId }),
      instance,
      slugs: undefined,
      actor: caller.userId,
    });
  });
}

/** The instance of a service with a live release, for a caller who may deploy it. */
async function liveOf(caller: Caller, path: InstancePath) {
  const { found } = await authorise(
    caller,
    'deployment.create',
    path,
    projectAt(path),
    serviceAt(path),
    environmentAt(path),
    optional(instanceAt(path)),
    optional(healthAt(path)),
  );
  const [project, service, environment, instance, known] = found;
  requireActive(project, service, environment);
  if (instance?.liveDeploymentId === undefined || instance.liveReleaseId === undefined)
    throw new GantryError('Conflict', 'Nothing of this service is live in this environment yet: deploy it first.');
  return { instance, known, releaseId: instance.liveReleaseId };
}

/** The health of an instance from the moment of its stop. */
function recordOf(health: HealthRecord, stopped: NonNullable<InstanceHealth['stopped']>): HealthRecord {
  const { detail: _, ...rest } = health;
  const counts = { running: 0, wanted: 0, restarts: 0 };
  return { ...rest, ...counts, state: 'stopped', since: stopped.at, stopped, version: health.version + 1 };
}

function writeHealth(changed: HealthRecord, known: HealthRecord | undefined): Write {
  const write = HealthEntity.put(changed).where((held, { eq, notExists }) =>
    known === undefined ? notExists(held.version) : eq(held.version, known.version),
  );
  return { item: item.put(write) };
}
