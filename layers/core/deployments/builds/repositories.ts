import { ensureRepository, expireUntagged, removeRepository } from '@gantry/cloud/ecr.ts';
import { repositoriesOf } from './names.ts';

/** A build overwrites the cache of the build before, which then has no tag. A build that still reads the old cache has this many days. */
const CACHE_DAYS = 1;

/**
 * The addresses of a service's repositories; creates missing ones. Images are deleted by the platform's retention, by digest. Untagged caches expire
 * by a policy of the repository.
 */
export async function ensureRepositories(
  serviceId: string,
): Promise<{ readonly repositoryUri: string; readonly cacheRepositoryUri: string }> {
  const { images, cache } = repositoriesOf(serviceId);
  const [repositoryUri, cacheRepositoryUri] = await Promise.all([
    ensureRepository(images, 'IMMUTABLE'),
    ensureRepository(cache, 'MUTABLE'),
  ]);
  await expireUntagged(cache, CACHE_DAYS);
  return { repositoryUri, cacheRepositoryUri };
}

/** Deletes a service's repositories with their contents; harmless when they are gone. */
export async function removeRepositories(serviceId: string): Promise<void> {
  const { images, cache } = repositoriesOf(serviceId);
  await Promise.all([images, cache].map(removeRepository));
}
