import { GantryError } from '@gantry/contract/errors.ts';
import { SHARED } from '@gantry/contract/references.ts';
import type { DatabaseUse } from '@gantry/contract/schemas/databases.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { servicesOf } from '../projects/parts.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import type { InstanceRecord } from '../records/deployments.ts';
import type { ServiceRecord } from '../records/projects.ts';
import { SetEntity, type SetRecord } from '../records/variables.ts';

/**
 * The owners of variables that refer to a database by its slug: in its environment, and in the variable sets that all
 * environments share.
 */
export async function usesOf({ teamId, projectId, environmentId, slug }: DatabaseRecord): Promise<DatabaseUse[]> {
  const { data } = await SetEntity.query.primary({ teamId, projectId }).go({ pages: 'all', consistent: true });
  const near = data.filter((set) => set.environmentId === environmentId || set.environmentId === SHARED);
  return near.flatMap((set) => {
    const names = referring(set, slug);
    return names.length === 0 ? [] : [{ serviceId: set.serviceId === SHARED ? null : set.serviceId, names }];
  });
}

function referring({ entries }: SetRecord, slug: string): string[] {
  const refers = Object.entries(entries).filter(([, { refersTo }]) =>
    refersTo.some((reference) => reference.startsWith(`${slug}.`)),
  );
  return refers.map(([name]) => name).toSorted();
}

/**
 * Throws Conflict while variables refer to a database, or a live release uses it: the running app would lose its data.
 * A release that is kept for a rollback does not count, because it would block the deletion until the next deployment.
 */
export async function requireUnused(database: DatabaseRecord): Promise<void> {
  const uses = await usesOf(database);
  const names = [...new Set(uses.flatMap((use) => use.names))];
  if (names.length > 0)
    throw new GantryError(
      'Conflict',
      `Variables refer to database ${database.slug}: ${names.join(', ')}. Remove them first, and deploy.`,
    );
  const services = await servicesWith(database, ({ liveReleaseId }) => liveReleaseId);
  if (services.length > 0)
    throw new GantryError(
      'Conflict',
      `Live releases use database ${database.slug}: ${services.map(({ slug }) => slug).join(', ')}. Deploy these services without it first.`,
    );
}

/** The services whose previous release uses a database: they cannot return to it once the database is deleted. */
export async function rollbacksWith(database: DatabaseRecord): Promise<string[]> {
  return (await servicesWith(database, ({ previousReleaseId }) => previousReleaseId)).map(({ id }) => id);
}

/** The services in the environment whose chosen release uses values of a database. */
async function servicesWith(
  { teamId, projectId, environmentId, id }: DatabaseRecord,
  releaseOf: (instance: InstanceRecord) => string | undefined,
): Promise<ServiceRecord[]> {
  const services = await servicesOf({ teamId, projectId });
  const instances = await lookUp(
    ...services.map(({ id: serviceId }) => optional(instanceAt({ teamId, serviceId, environmentId }))),
  );
  const chosen = instances.flatMap((instance) => (instance && releaseOf(instance)) ?? []);
  const releases = await lookUp(...chosen.map((releaseId) => optional(releaseAt(teamId, releaseId))));
  const using = new Set(releases.flatMap((release) => (release?.databases?.includes(id) ? release.serviceId : [])));
  return services.filter(({ id: serviceId }) => using.has(serviceId));
}
