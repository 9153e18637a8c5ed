import { createHash } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import { lookUp, optional } from '../../access.ts';
import { queuePush } from '../../deployments/push.ts';
import { item } from '../../entity.ts';
import { environmentsFollowing } from '../../projects/branch.ts';
import { serviceAt } from '../../projects/lookups.ts';
import { ttlAfter } from '../../table.ts';
import { concerns } from '../watch-paths.ts';
import type { Delivery, Push } from './delivery.ts';
import { changeInstallation, holdersOf } from './holders.ts';
import { repositoryKey } from './repositories.ts';
import { DeliveryEntity, PushEntity, RepositoryEntity } from './store.ts';

/** How long a delivery, and a push, are known again, in seconds: GitHub keeps deliveries for three days. */
const KEPT_SECONDS = 7 * 24 * 3600;
/** How many services one repository may be the source of. */
const MAX_SERVICES = 500;

/** Carries a delivery out. Harmless when repeated: each deployment that a push queues is recorded together with the push. */
export async function applyDelivery(delivery: Delivery): Promise<void> {
  const { deliveryId } = delivery;
  const { data: known } = await DeliveryEntity.get({ deliveryId }).go({ consistent: true });
  if (known !== null) return;
  if (delivery.kind === 'installation') await changeInstallation(delivery.installationId, delivery.change);
  else await deployPush(delivery);
  await DeliveryEntity.put({ deliveryId, ttl: ttlAfter(KEPT_SECONDS) }).go();
}

/** Queues a push for each service of the repository that it concerns, in each environment that follows the branch, of teams that hold the installation. */
async function deployPush(push: Push): Promise<void> {
  if (push.skip) return;
  const repository = repositoryKey(push.repository);
  const [holders, { data: services }] = await Promise.all([
    holdersOf(push.installationId),
    RepositoryEntity.query.primary({ repository }).go({ limit: MAX_SERVICES, consistent: true }),
  ]);
  for (const { teamId, projectId, serviceId } of services) {
    if (!holders.includes(teamId)) continue;
    const path = { teamId, projectId, serviceId };
    const [service] = await lookUp(optional(serviceAt(path)));
    if (service?.source.kind !== 'github' || !concerns(service.source.watchPaths, push.paths)) continue;
    for (const environmentId of await environmentsFollowing(path, service.source, push.branch)) {
      await queuePush({ ...path, environmentId }, push, onceFor({ ...path, environmentId }, push));
    }
  }
}

/** The record of a push, refused where it is there already. */
function onceFor(
  path: { readonly teamId: string; readonly serviceId: string; readonly environmentId: string },
  push: Push,
) {
  const { repository, branch, before, commit } = push;
  const what = [repositoryKey(repository), branch, before, commit.id].join('\0');
  const key = { ...path, push: createHash('sha256').update(what).digest('hex') };
  const otherwise = new GantryError('Conflict', `Commit ${commit.id} was queued before.`);
  return (deploymentId: string) => ({
    item: item.put(PushEntity.create({ ...key, deploymentId, ttl: ttlAfter(KEPT_SECONDS) })),
    otherwise,
  });
}
