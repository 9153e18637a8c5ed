import { ensureRepository, removeRepository } from '@gantry/cloud/ecr.ts';
import { repositoriesOf } from './names.ts';

/** The addresses of a service's repositories; makes those that are not there yet. */
export async function ensureRepositories(
  serviceId: string,
): Promise<{ readonly repositoryUri: string; readonly cacheRepositoryUri: string }> {
  const { images, cache } = repositoriesOf(serviceId);
  const [repositoryUri, cacheRepositoryUri] = await Promise.all([
    ensureRepository(images, 'IMMUTABLE'),
    ensureRepository(cache, 'MUTABLE'),
  ]);
  return { repositoryUri, cacheRepositoryUri };
}

/** Removes a service's repositories with all that is in them; harmless where they are gone. */
export async function removeRepositories(serviceId: string): Promise<void> {
  const { images, cache } = repositoriesOf(serviceId);
  await Promise.all([images, cache].map(removeRepository));
}
