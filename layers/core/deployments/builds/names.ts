import { environment } from '@gantry/cloud/environment.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';

/** A service's repositories: one for its images, whose tags never change, and one for BuildKit's cache, which is overwritten. */
export function repositoriesOf(serviceId: string): { readonly images: string; readonly cache: string } {
  const [prefix, name] = [environment('REPOSITORY_PREFIX'), toKubernetesName(serviceId)];
  return { images: `${prefix}/${name}`, cache: `${prefix}/cache/${name}` };
}
