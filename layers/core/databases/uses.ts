import { GantryError } from '@gantry/contract/errors.ts';
import { SHARED } from '@gantry/contract/references.ts';
import type { DatabaseUse } from '@gantry/contract/schemas/databases.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { servicesOf } from '../projects/parts.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import { SetEntity, type SetRecord } from '../records/variables.ts';

/** Whose variables refer to a database by its slug: those of its environment, and those that all environments share. */
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
 * Throws Conflict while variables refer to a database, or a release that is live or kept for a rollback was made with it: what runs would lose
 * what it stands on.
 */
export async function requireUnused(database: DatabaseRecord): Promise<void> {
  const uses = await usesOf(database);
  const names = [...new Set(uses.flatMap((use) => use.names))];
  if (names.length > 0)
    throw new GantryError(
      'Conflict',
      `Variables refer to database ${database.slug}: ${names.join(', ')}. Remove them first, and deploy.`,
    );
  const services = await runningWith(database);
  if (services.length > 0)
    throw new GantryError(
      'Conflict',
      `Live releases use database ${database.slug}: ${services.join(', ')}. Deploy these services without it first.`,
    );
}

/** The services whose live release in the environment takes values of a database. */
async function runningWith({ teamId, projectId, environmentId, id }: DatabaseRecord): Promise<string[]> {
  const services = await servicesOf({ teamId, projectId });
  const instances = await lookUp(
    ...services.map(({ id: serviceId }) => optional(instanceAt({ teamId, serviceId, environmentId }))),
  );
  const live = instances.flatMap((instance) => instance?.liveReleaseId ?? []);
  const releases = await lookUp(...live.map((releaseId) => optional(releaseAt(teamId, releaseId))));
  const using = new Set(releases.flatMap((release) => (release?.databases?.includes(id) ? release.serviceId : [])));
  return services.flatMap(({ id: serviceId, slug }) => (using.has(serviceId) ? slug : []));
}
