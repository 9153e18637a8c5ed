import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { item } from '../../entity.ts';
import type { Write } from '../../transact.ts';
import { installationOf } from './holders.ts';
import { RepositoryEntity } from './store.ts';

interface ServicePath {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
}

/** GitHub does not tell `Acme/Shop` from `acme/shop`. */
export const repositoryKey = (repository: string) => repository.toLowerCase();

/**
 * Throws where a service could not be deployed from a source: a Conflict for a repository on GitHub of which the team holds no installation, Invalid for
 * an address that sends what it fetches in the clear. Both are checked again when something is fetched.
 */
export async function requireReachable(teamId: string, source: ServiceSource): Promise<void> {
  if (source.kind === 'git' && !source.url.startsWith('https:') && environment('PRIVATE_SOURCES') !== 'true') {
    const message = 'must begin with https://';
    throw new GantryError('Invalid', `body.source.url ${message}.`, [{ field: 'body.source.url', message }]);
  }
  if (source.kind !== 'github') return;
  const [owner = ''] = source.repository.split('/');
  if ((await installationOf(teamId, owner)) !== undefined) return;
  const message = `is of ${owner}, whose installation this team does not hold: join it first`;
  throw new GantryError('Conflict', `body.source.repository ${message}.`, [
    { field: 'body.source.repository', message },
  ]);
}

/** The writes that make a service findable by the repository that it comes from now, and no longer by the one before. */
export function repositoryWrites(path: ServicePath, before?: ServiceSource, now?: ServiceSource): Write[] {
  const [old, next] = [before, now].map((source) =>
    source?.kind === 'github' ? repositoryKey(source.repository) : '',
  );
  if (old === next) return [];
  const { serviceId } = path;
  return [
    ...(old ? [{ item: item.remove(RepositoryEntity.delete({ repository: old, serviceId })) }] : []),
    ...(next ? [{ item: item.put(RepositoryEntity.put({ ...path, repository: next })) }] : []),
  ];
}
