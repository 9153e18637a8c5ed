import { lookUp, optional } from '../kernel/lookup.ts';
import { ttlAfter } from '../kernel/table.ts';
import { environmentsFollowing } from '../projects/branch.ts';
import { repositoryName } from '../projects/repositories.ts';
import { nameRepository } from '../projects/repository-name.ts';
import { type InstancePath, instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import { DeliveryEntity, RepositoryEntity } from '../records/github.ts';
import { serviceAt } from '../records/project-lookups.ts';
import { changeInstallation, GITHUB_ACTOR, holdersOf } from '../source/github/holders.ts';
import { concerns } from '../source/watch-paths.ts';
import type { Delivery, Push } from './delivery.ts';
import { queuePush, skipPush } from './push.ts';
import { KEPT_SECONDS, recordPush } from './pushed.ts';

/** How many services may use one repository as their source. */
const MAX_SERVICES = 500;

/** Carries out a delivery. Harmless when repeated: a push is recorded together with each deployment that it queues. */
export async function applyDelivery(delivery: Delivery): Promise<void> {
  const { deliveryId } = delivery;
  const { data: known } = await DeliveryEntity.get({ deliveryId }).go({ consistent: true });
  if (known !== null) return;
  if (delivery.kind === 'installation') await changeInstallation(delivery.installationId, delivery.change);
  else if (delivery.kind === 'renamed') await servicesOf(delivery);
  else await deployPush(delivery);
  await DeliveryEntity.put({ deliveryId, ttl: ttlAfter(KEPT_SECONDS) }).go();
}

/** Queues a push for each service of the repository whose watch paths it touches, in each environment that follows the branch. */
async function deployPush(push: Push): Promise<void> {
  for (const service of await servicesOf(push)) {
    const { teamId, projectId, id: serviceId, source } = service;
    if (source.kind !== 'github' || !concerns(source.watchPaths, push.paths)) continue;
    const path = { teamId, projectId, serviceId };
    for (const environmentId of await environmentsFollowing(path, source, push.branch)) {
      const instance = { ...path, environmentId };
      if (source.watchPaths.length === 0 && !(await concernsLive(instance, push.paths))) continue;
      const record = () => recordPush(instance, push);
      await (push.skip === null ? queuePush(instance, push, record) : skipPush(instance, push, push.skip, record));
    }
  }
}

/** The files in which a source lists the paths that it watches. */
const SAYING = ['gantry.json', 'gantry.toml'];

/**
 * Whether a push matters for the live release, by the paths that its own source watches. A push to the file with these
 * paths always does.
 */
async function concernsLive(path: InstancePath, paths: Push['paths']): Promise<boolean> {
  const [instance] = await lookUp(optional(instanceAt(path)));
  if (instance?.liveReleaseId === undefined) return true;
  const [release] = await lookUp(optional(releaseAt(path.teamId, instance.liveReleaseId)));
  return concerns(release?.watchPaths ?? [], paths) || concerns(SAYING, paths);
}

/**
 * The services of a repository, in teams with the installation. The repository is found by its number. The services get its present name; another
 * repository under its old name is a different one. Only older records, without the number, are found by name.
 */
async function servicesOf({
  installationId,
  repository,
  repositoryId,
}: Pick<Push, 'installationId' | 'repository' | 'repositoryId'>) {
  const find = (key: string) =>
    RepositoryEntity.query.primary({ repository: key }).go({ limit: MAX_SERVICES, consistent: true });
  const [holders, { data: byId }, { data: byName }] = await Promise.all([
    holdersOf(installationId),
    find(repositoryId),
    find(repositoryName(repository)),
  ]);
  const services = [];
  for (const { teamId, projectId, serviceId } of [...byId, ...byName]) {
    if (!holders.includes(teamId)) continue;
    const path = { teamId, projectId, serviceId };
    const [known] = await lookUp(optional(serviceAt(path)));
    // A lookup by name also finds a repository that took over another's name.
    if (known?.source.kind !== 'github' || (known.repositoryId ?? repositoryId) !== repositoryId) continue;
    const service = await nameRepository(path, repository, GITHUB_ACTOR);
    if (service !== undefined) services.push(service);
  }
  return services;
}
