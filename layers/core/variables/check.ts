import { nameOf, SHARED } from '@gantry/contract/references.ts';
import type { VariableScope } from '@gantry/contract/schemas/variables.ts';
import { lookUp } from '../kernel/lookup.ts';
import { environmentsOf, servicesOf } from '../projects/parts.ts';
import { databasesOf } from '../records/databases.ts';
import { type EnvironmentRecord, environmentAt, type ProjectRecord } from '../records/project-lookups.ts';
import type { SetRecord } from '../records/variables.ts';
import { createResolver, reachable } from './resolve.ts';
import { BUILD, namesOf, referencesIn, type Scene, sceneOf } from './scene.ts';
import { ownerOf, type SetKey, setAt, setsOfEnvironment, setsOfProject } from './sets.ts';

/** A scene for each environment that gets the set's variables, with the set in its next state. */
export async function scenesWith(
  key: SetKey,
  project: ProjectRecord,
  next: SetRecord,
): Promise<{ readonly environment: EnvironmentRecord; readonly scene: Scene }[]> {
  const everywhere = key.environmentId === SHARED;
  const [services, databases, environments, sets] = await Promise.all([
    servicesOf(key),
    databasesOf({ ...key, environmentId: everywhere ? undefined : key.environmentId }),
    everywhere ? environmentsOf(key) : lookUp(environmentAt(key)),
    everywhere ? setsOfProject(key) : setsOfOne(key),
  ]);
  const known = [...sets.filter((set) => !isAt(set, key)), next];
  // A reference to an address that does not exist yet is allowed: the first deployment creates the address.
  const hosts = new Map(services.filter(({ kind }) => kind === 'web').map(({ id }) => [id, ''] as const));
  return environments.map((environment) => {
    const here = known.filter(({ environmentId }) => environmentId === environment.id);
    const shared = known.filter(({ environmentId }) => environmentId === SHARED);
    const parts = {
      ...{ project, environment, services, sets: [...here, ...shared], hosts },
      databases: databases.filter(({ environmentId }) => environmentId === environment.id),
      addresses: 'planned' as const,
    };
    return { environment, scene: sceneOf(parts) };
  });
}

async function setsOfOne(key: SetKey): Promise<SetRecord[]> {
  const [sets, [shared]] = await Promise.all([
    setsOfEnvironment(key),
    lookUp(setAt({ ...key, environmentId: SHARED, serviceId: SHARED })),
  ]);
  return shared === undefined ? sets : [...sets, shared];
}

function isAt(set: SetRecord, key: SetKey): boolean {
  return set.environmentId === key.environmentId && set.serviceId === key.serviceId;
}

/** The services of a scene with a variable that leads to one of `names` of `owner`. */
export function referring(scene: Scene, owner: string, names: readonly string[]): string[] {
  const leads = leadingTo(scene, owner, names);
  return scene.services
    .filter(({ slug }) => slug !== owner)
    .filter(({ slug }) => variablesOf(scene, slug).some((name) => leads(slug, name)))
    .map(({ id }) => id);
}

/** Whether a variable for the builds of `owner` leads to one of `names` of its own. */
export function isBuiltWith(scene: Scene, owner: string, names: readonly string[]): boolean {
  const leads = leadingTo(scene, owner, names);
  return variablesOf(scene, owner, BUILD).some((name) => leads(owner, name));
}

/**
 * Throws Conflict with the path when a reference of the set, or of others to the changed variables, leads to nothing or in a circle. Unrelated broken
 * references do not prevent a change.
 */
export function requireWhole(scene: Scene, owner: string, names: readonly string[]): void {
  const leads = leadingTo(scene, owner, names);
  const resolve = createResolver(referencesIn(scene));
  for (const at of scene.sets.keys()) {
    for (const name of variablesOf(scene, at)) {
      if (at === owner || leads(at, name)) resolve(at, name);
    }
  }
}

/** Answers whether a variable is one of `names` of `owner`, or leads to one. */
function leadingTo(scene: Scene, owner: string, names: readonly string[]): (at: string, name: string) => boolean {
  const wanted = new Set(names.map((name) => nameOf({ owner, name })));
  const find = referencesIn(scene);
  return (at, name) => [...reachable(find, at, name).keys()].some((key) => wanted.has(key));
}

function variablesOf(
  scene: Scene,
  owner: string,
  scopes: readonly VariableScope[] = ['run', 'build', 'both'],
): string[] {
  return [...new Set((scene.sets.get(owner) ?? []).flatMap(({ entries }) => namesOf(entries, scopes)))];
}

/** The owner of a set in references: its service's slug, or `shared`. */
export function ownerIn(scene: Scene, key: SetKey): string {
  const { serviceId } = ownerOf(key);
  return scene.services.find(({ id }) => id === serviceId)?.slug ?? SHARED;
}
