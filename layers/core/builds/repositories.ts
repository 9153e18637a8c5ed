import { ensureRepository, removeRepository } from '@gantry/cloud/ecr.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';

/** The repositories of a service: of its images, whose tags never change, and of BuildKit's cache, which is written over. */
export function repositoriesOf(serviceId: string): { readonly images: string; readonly cache: string } {
  const [prefix, name] = [environment('REPOSITORY_PREFIX'), toKubernetesName(serviceId)];
  return { images: `${prefix}/${name}`, cache: `${prefix}/cache/${name}` };
}

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
