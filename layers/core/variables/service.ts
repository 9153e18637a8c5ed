import { GantryError } from '@gantry/contract/errors.ts';
import { variableLimits } from '@gantry/contract/quotas.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import { databasesIn } from '../databases/placeholders.ts';
import type { InstancePath } from '../records/deployment-lookups.ts';
import type { ServiceRecord } from '../records/project-lookups.ts';
import type { SetRecord } from '../records/variables.ts';
import type { DeploymentFacts } from './platform.ts';
import { createResolver } from './resolve.ts';
import { BUILD, namesOf, RUN, readScene, referencesIn, type Scene, valuesIn, withDeployment } from './scene.ts';

/** The variables of a service in an environment, with their references resolved. */
export interface ServiceVariables {
  readonly variables: Record<string, string>;
  /** The names among them that are sealed or contain a sealed value. */
  readonly sealed: string[];
  /** Their values, and the sealed values inside them. */
  readonly secrets: string[];
}

/**
 * The variables of a deployment's app or build: the service's present ones of that scope, and the platform's. Throws Conflict, with the path, when
 * they do not resolve, and when they are too large together.
 */
export async function variablesOf(
  path: InstancePath,
  scope: 'run' | 'build',
  facts: DeploymentFacts,
): Promise<ServiceVariables> {
  const scene = await readScene(path, 'known');
  const service = scene.services.find(({ id }) => id === path.serviceId);
  if (service === undefined) throw new GantryError('NotFound', 'There is no such service here.');
  return resolveService(withDeployment(scene, service, facts), service, scope);
}

/** The same, from a scene. */
export async function resolveService(
  scene: Scene,
  service: ServiceRecord,
  scope: 'run' | 'build',
): Promise<ServiceVariables> {
  const { slug } = service;
  const names = namesOf(ownSet(scene, service)?.entries ?? {}, scope === 'run' ? RUN : BUILD);
  const resolve = createResolver(await valuesIn(scene, slug, names));
  const resolved = names.map((name) => ({ name, ...resolve(slug, name) }));
  requireFits(slug, resolved);
  if (scope === 'build') requireWithoutDatabases(slug, resolved);
  const { PORT: _, ...platform } = scene.platform.get(slug) ?? {};
  const told = Object.entries(platform).filter(([, value]) => value !== '');
  return {
    variables: Object.fromEntries([...resolved.map(({ name, value }) => [name, value] as const), ...told]),
    sealed: resolved.flatMap(({ name, sealed }) => (sealed ? [name] : [])),
    secrets: [...new Set(resolved.flatMap(({ secrets }) => [...secrets]))],
  };
}

/** Builds run outside of the databases' network, and their images are kept for long. */
function requireWithoutDatabases(slug: string, resolved: readonly { readonly name: string; readonly value: string }[]) {
  const found = resolved.find(({ value }) => databasesIn(value).length > 0);
  if (found === undefined) return;
  throw new GantryError(
    'Conflict',
    `${slug}.${found.name} leads to a database, which builds do not reach: set its scope to run.`,
  );
}

function requireFits(slug: string, resolved: readonly { readonly name: string; readonly value: string }[]): void {
  const bytes = resolved.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (bytes <= variableLimits.bytesOfSet) return;
  const most = variableLimits.bytesOfSet;
  throw new GantryError(
    'Conflict',
    `The variables of ${slug} are ${sizeText(bytes)} with what they refer to; they can be at most ${sizeText(most)}. Shorten or remove some.`,
  );
}

/** Throws Conflict, with the path, when a service's references lead to nothing or in a circle; opens no value. */
export async function requireResolvable(path: InstancePath, service: ServiceRecord): Promise<void> {
  const scene = await readScene(path, 'known');
  const resolve = createResolver(referencesIn(scene));
  for (const name of Object.keys(ownSet(scene, service)?.entries ?? {})) resolve(service.slug, name);
}

function ownSet(scene: Scene, { id, slug }: ServiceRecord): SetRecord | undefined {
  return scene.sets.get(slug)?.find(({ serviceId }) => serviceId === id);
}
