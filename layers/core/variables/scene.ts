import { parseValue, type Reference, SHARED } from '@gantry/contract/references.ts';
import { placeholderOf } from '../databases/placeholders.ts';
import { notReady, offersVariable } from '../databases/values.ts';
import type { Values } from '../kernel/envelope.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { servicesOf } from '../projects/parts.ts';
import { type DatabaseRecord, databasesOf } from '../records/databases.ts';
import { instanceAt } from '../records/deployment-lookups.ts';
import {
  type EnvironmentRecord,
  environmentAt,
  type ProjectPath,
  type ProjectRecord,
  projectAt,
  type ServiceRecord,
} from '../records/project-lookups.ts';
import type { Entry, SetRecord } from '../records/variables.ts';
import { valueIn } from './merge.ts';
import { type DeploymentFacts, platformOfDeployment, platformOfEnvironment, platformOfService } from './platform.ts';
import { type Find, reachable } from './resolve.ts';
import { setAt, setsOfEnvironment, valuesOf } from './sets.ts';

/** Everything that variables of one environment can refer to, with sealed values. */
export interface Scene {
  readonly services: readonly ServiceRecord[];
  /** By owner, a service's slug or `shared`; the environment's shared variables precede the project's. */
  readonly sets: ReadonlyMap<string, readonly SetRecord[]>;
  /** The platform's own variables, by owner. */
  readonly platform: ReadonlyMap<string, Values>;
  /** The environment's databases, by slug. */
  readonly databases: ReadonlyMap<string, DatabaseRecord>;
  /** Whether only ready databases can be referred to. */
  readonly addresses: Addresses;
}

/** Whether addresses exist by now. While `planned`, a service's address is empty and a database need not be ready. */
export type Addresses = 'planned' | 'known';

/** Reads an environment's scene by five requests to the database, whatever the number of variables and references. */
export async function readScene(
  path: ProjectPath & { readonly environmentId: string },
  addresses: Addresses,
): Promise<Scene> {
  const [[project, environment, ofProject], ofEnvironment, services, databases] = await Promise.all([
    lookUp(projectAt(path), environmentAt(path), setAt({ ...path, environmentId: SHARED, serviceId: SHARED })),
    setsOfEnvironment(path),
    servicesOf(path),
    databasesOf(path),
  ]);
  const hosts = new Map([
    ...(addresses === 'planned'
      ? services.filter(({ kind }) => kind === 'web').map(({ id }) => [id, ''] as const)
      : []),
    ...(await hostsOf(path, services)),
  ]);
  const sets = [...ofEnvironment, ...(ofProject === undefined ? [] : [ofProject])];
  return sceneOf({ project, environment, services, sets, hosts, databases, addresses });
}

interface Parts {
  readonly project: ProjectRecord;
  readonly environment: EnvironmentRecord;
  readonly services: readonly ServiceRecord[];
  /** The environment's sets, and last the project's. */
  readonly sets: readonly SetRecord[];
  readonly hosts: ReadonlyMap<string, string>;
  readonly databases: readonly DatabaseRecord[];
  readonly addresses: Addresses;
}

export function sceneOf({ project, environment, services, sets, hosts, databases, addresses }: Parts): Scene {
  const common = platformOfEnvironment(project, environment);
  const owners = [{ id: SHARED, slug: SHARED }, ...services.filter(({ slug }) => slug !== SHARED)];
  const platform = services.map(
    (service) => [service.slug, { ...common, ...platformOfService(service, hosts.get(service.id)) }] as const,
  );
  return {
    services,
    sets: new Map(owners.map(({ id, slug }) => [slug, sets.filter(({ serviceId }) => serviceId === id)])),
    platform: new Map([...platform, [SHARED, common]]),
    databases: new Map(databases.map((database) => [database.slug, database] as const)),
    addresses,
  };
}

/** The host names of services in an environment. One batch takes twice as many keys as a project may have services. */
async function hostsOf(
  { teamId, environmentId }: { readonly teamId: string; readonly environmentId: string },
  services: readonly ServiceRecord[],
): Promise<ReadonlyMap<string, string>> {
  const lookups = services.map(({ id: serviceId }) => optional(instanceAt({ teamId, serviceId, environmentId })));
  const found = await lookUp(...lookups);
  return new Map(found.flatMap((each) => (each?.host === undefined ? [] : [[each.serviceId, each.host] as const])));
}

/** The entry of a name, and its set. */
function entryOf({ sets }: Scene, owner: string, name: string) {
  for (const set of sets.get(owner) ?? []) {
    const entry = Object.hasOwn(set.entries, name) ? set.entries[name] : undefined;
    if (entry !== undefined) return { set, entry };
  }
  return undefined;
}

/** References between variables, read without opening a value. */
export function referencesIn(scene: Scene): Find {
  return (owner, name) => {
    if (platformValue(scene, owner, name) !== undefined) return { parts: [], sealed: false };
    if (databaseValue(scene, owner, name) !== undefined) return { parts: [], sealed: true };
    const entry = entryOf(scene, owner, name)?.entry;
    return entry && { parts: entry.refersTo.map(referenceOf), sealed: entry.sealed };
  };
}

/** The same with values: opens the sets that `from` leads to, and no others. */
export async function valuesIn(scene: Scene, owner: string, names: readonly string[]): Promise<Find> {
  const references = referencesIn(scene);
  const reached = new Map<string, Reference>();
  for (const name of names) reachable(references, owner, name, reached);
  const needed = new Set(
    [...reached.values()].flatMap((each) => entryOf(scene, each.owner ?? owner, each.name)?.set ?? []),
  );
  const opened = new Map(
    await Promise.all([...needed].map(async (set): Promise<[SetRecord, Values]> => [set, await valuesOf(set)])),
  );
  return (at, name) => {
    const given = platformValue(scene, at, name);
    if (given !== undefined) return { parts: [given], sealed: false };
    const ofDatabase = databaseValue(scene, at, name);
    if (ofDatabase !== undefined) return { parts: [ofDatabase], sealed: true };
    const found = entryOf(scene, at, name);
    const value = found && valueIn(opened.get(found.set) ?? {}, name);
    return value === undefined ? undefined : { parts: parseValue(value), sealed: found?.entry.sealed ?? true };
  };
}

function platformValue({ platform }: Scene, owner: string, name: string): string | undefined {
  const values = platform.get(owner);
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

/** A placeholder for a value of a database until the app's objects are written. Throws Conflict when the database must be ready and is not. */
function databaseValue({ databases, services, addresses }: Scene, owner: string, name: string): string | undefined {
  const database = databases.get(owner);
  if (database === undefined || services.some(({ slug }) => slug === owner)) return undefined;
  if (!offersVariable(database, name)) return undefined;
  if (addresses === 'known' && database.status !== 'ready') throw notReady(database);
  return placeholderOf(database.id, name);
}

/** The scene with the variables about the service's own deployment. */
export function withDeployment(scene: Scene, { slug }: ServiceRecord, facts: DeploymentFacts): Scene {
  const own = { ...scene.platform.get(slug), ...platformOfDeployment(facts) };
  return { ...scene, platform: new Map([...scene.platform, [slug, own]]) };
}

/** The scopes of variables for an app, and for its builds. */
export const RUN: readonly Entry['scope'][] = ['run', 'both'];
export const BUILD: readonly Entry['scope'][] = ['build', 'both'];

/** The names of the variables with one of these scopes. */
export function namesOf(entries: Readonly<Record<string, Entry>>, scopes: readonly Entry['scope'][]): string[] {
  return Object.entries(entries).flatMap(([name, { scope }]) => (scopes.includes(scope) ? [name] : []));
}

function referenceOf(text: string): Reference {
  const [owner = '', name] = text.split('.');
  return name === undefined ? { name: owner } : { owner, name };
}
