import { ensureRepository, expireUntagged, removeRepository } from '@gantry/cloud/ecr.ts';
import { repositoriesOf } from './names.ts';

/** A build writes its cache over that of the build before, which then no tag names: one that still reads it has so long. */
const CACHE_DAYS = 1;

/**
 * The addresses of a service's repositories; makes those that are not there yet. Images are known by their digest, and go by what the platform keeps; of
 * the cache what no tag names goes by itself.
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

/** Removes a service's repositories with all that is in them; harmless where they are gone. */
export async function removeRepositories(serviceId: string): Promise<void> {
  const { images, cache } = repositoriesOf(serviceId);
  await Promise.all([images, cache].map(removeRepository));
}
