import { environment } from '@gantry/cloud/environment.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';

/** The repositories of a service: of its images, whose tags never change, and of BuildKit's cache, which is written over. */
export function repositoriesOf(serviceId: string): { readonly images: string; readonly cache: string } {
  const [prefix, name] = [environment('REPOSITORY_PREFIX'), toKubernetesName(serviceId)];
  return { images: `${prefix}/${name}`, cache: `${prefix}/cache/${name}` };
}
