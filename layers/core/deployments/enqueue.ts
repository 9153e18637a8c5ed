import { GantryError } from '@gantry/contract/errors.ts';
import type { EventName } from '@gantry/contract/events.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { item } from '../kernel/entity.ts';
import { fitsLabel, hostFor } from '../kernel/host.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import type { Change } from '../kernel/outbox/outbox.ts';
import { transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { deploymentAt } from '../records/deployment-lookups.ts';
import {
  DeploymentEntity,
  type DeploymentRecord,
  HostEntity,
  InstanceEntity,
  type InstanceRecord,
  SHARD,
} from '../records/deployments.ts';
import { whileActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { takePlace } from './gateway.ts';
import { isInFlight } from './status.ts';
import { viewDeployment } from './view.ts';
import { changeInstance, deploymentChange, endDeployment } from './writes.ts';

interface Entry {
  readonly deployment: Omit<DeploymentRecord, 'generation'>;
  readonly instance: InstanceRecord | undefined;
  /** The parts of a web service's host name; undefined for other kinds. */
  readonly slugs: readonly [service: string, environment: string, project: string] | undefined;
  readonly actor: string;
  /** Writes that are committed together with the deployment. */
  readonly writes?: readonly Write[];
  readonly changes?: readonly Change<EventName>[];
  /** Makes the operation's answer from the deployment; default: the deployment itself. */
  readonly answer?: (deployment: Deployment) => unknown;
}

/**
 * Queues a deployment in one transaction: the new one gets the next generation, and the one in flight is superseded. Throws StaleWrite when another
 * deployment was queued, or a deletion requested, at the same time.
 */
export async function enqueue({
  deployment,
  instance,
  slugs,
  actor,
  writes = [],
  changes = [],
  answer = (queued) => queued,
}: Entry): Promise<Deployment> {
  const queued: DeploymentRecord = { ...deployment, generation: (instance?.generation ?? 0) + 1 };
  const overtaken = await inFlight(instance);
  const ended =
    overtaken &&
    endDeployment(
      overtaken,
      'superseded',
      { kind: 'Superseded', detail: `A newer deployment, ${shortId(queued.id)}, took over.`, lines: [] },
      actor,
    );
  const view = viewDeployment(queued);
  willAnswer(answer(view));
  await transact(
    [
      { item: item.put(DeploymentEntity.create(queued)) },
      ...whileActive(projectAt(queued), serviceAt(queued), environmentAt(queued)),
      ...(instance ? [changeInstance(instance, inFlightNow(queued))] : await newInstance(queued, slugs)),
      ...(ended ? [ended.write] : []),
      ...writes,
    ],
    deploymentChange('deployment.queued', queued, actor),
    ...(ended ? [ended.change] : []),
    ...changes,
  );
  return view;
}

function inFlightNow({ generation, id }: DeploymentRecord) {
  return { generation, activeDeploymentId: id, latestDeploymentId: id };
}

/** An instance's deployment in flight. */
export async function inFlight(instance: InstanceRecord | undefined): Promise<DeploymentRecord | undefined> {
  if (instance?.activeDeploymentId === undefined) return undefined;
  const [record] = await lookUp(optional(deploymentAt(instance.teamId, instance.activeDeploymentId)));
  return record && isInFlight(record.status) ? record : undefined;
}

/**
 * The writes of a first deployment: the instance and, for a web service, its place behind the load balancer and the claim of its host name, which no
 * other team may hold.
 */
async function newInstance(queued: DeploymentRecord, slugs: Entry['slugs']): Promise<Write[]> {
  const { teamId, projectId, serviceId, environmentId } = queued;
  const host = slugs && (await freeHost(slugs, serviceId));
  const instance = { teamId, projectId, serviceId, environmentId, shard: SHARD, ...inFlightNow(queued), version: 1 };
  const record = { item: item.put(InstanceEntity.create({ ...instance, ...(host !== undefined && { host }) })) };
  if (host === undefined) return [record];
  return [
    record,
    takePlace(),
    {
      item: item.put(HostEntity.create({ host, teamId, serviceId, environmentId })),
      otherwise: new GantryError('Unavailable', `The host name ${host} was taken a moment ago. Try again.`),
    },
  ];
}

async function freeHost(slugs: NonNullable<Entry['slugs']>, serviceId: string): Promise<string> {
  const plain = fitsLabel(slugs) ? hostFor(slugs) : undefined;
  const taken = plain === undefined || (await HostEntity.get({ host: plain }).go({ consistent: true })).data !== null;
  return taken ? hostFor(slugs, serviceId.slice(-6).toLowerCase()) : plain;
}
