import { GantryError } from '@gantry/contract/errors.ts';
import type { Replacement } from '@gantry/contract/schemas/deployments.ts';
import type { Values } from '../kernel/envelope.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { type DatabaseRecord, databaseAt } from '../records/databases.ts';
import type { ProjectPath } from '../records/project-lookups.ts';
import { engineOf } from './engines/engines.ts';
import { databasesIn, placeholderOf, replacePlaceholders } from './placeholders.ts';
import { readPassword } from './secret.ts';
import { viewDatabase } from './view.ts';

/** Variables with the values of databases in their places. */
export interface Filled {
  readonly variables: Values;
  /** The values themselves, which no output may show. */
  readonly secrets: readonly string[];
  /** The groups through which an app's network interface reaches its databases. */
  readonly securityGroups: readonly string[];
}

/** The databases that variables take values of. */
export function databasesOfValues(variables: Values): string[] {
  return [...new Set(Object.values(variables).flatMap(databasesIn))];
}

/** The variables, with values of the replacements instead of those of the replaced databases. */
export function replacedIn(variables: Values, replacements: readonly Replacement[]): Values {
  const into = new Map(replacements.map(({ databaseId, replacement }) => [databaseId, replacement]));
  const change = (value: string) => replacePlaceholders(value, (id, name) => placeholderOf(into.get(id) ?? id, name));
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, change(value)]));
}

/**
 * Reads the present endpoints and passwords of the databases that variables name, so an older release gets changed ones
 * too. Throws Conflict if a database no longer exists or is not ready.
 */
export async function fillValues(
  { teamId, projectId, environmentId }: ProjectPath & { readonly environmentId: string },
  variables: Values,
): Promise<Filled> {
  const ids = databasesOfValues(variables);
  if (ids.length === 0) return { variables, secrets: [], securityGroups: [] };
  const path = { teamId, projectId, environmentId };
  const records = await lookUp(...ids.map((databaseId) => optional(databaseAt({ ...path, databaseId }))));
  const offered = new Map(await Promise.all(records.map(async (record) => offer(record))));
  const read = (id: string, name: string) => offered.get(id)?.values[name] ?? '';
  const filled = Object.entries(variables).map(([name, value]) => [name, replacePlaceholders(value, read)] as const);
  return {
    variables: Object.fromEntries(filled),
    secrets: [...offered.values()].map(({ password }) => password),
    securityGroups: [...offered.values()].map(({ securityGroup }) => securityGroup),
  };
}

async function offer(database: DatabaseRecord | undefined) {
  if (database === undefined)
    throw new GantryError('Conflict', 'A database that this release uses was deleted. Deploy a newer release.');
  const { endpoint } = viewDatabase(database);
  if (endpoint === null || database.securityGroup === undefined) throw notReady(database);
  const password = await readPassword(database.id, endpoint.user);
  const values = engineOf(database.engine).variables(endpoint, password);
  return [database.id, { values, password, securityGroup: database.securityGroup }] as const;
}

/** Whether variables may refer to that name of a database. */
export function offersVariable({ engine }: Pick<DatabaseRecord, 'engine'>, name: string): boolean {
  return variablesOffered(engine).includes(name);
}

/** The names of a database that variables may refer to. */
export function variablesOffered(engine: DatabaseRecord['engine']): string[] {
  const nowhere = { host: '', port: 0, database: '', user: '' };
  return Object.keys(engineOf(engine).variables(nowhere, ''));
}

/** The error for a reference to a database that is not ready. */
export function notReady({ slug, status }: Pick<DatabaseRecord, 'slug' | 'status'>): GantryError {
  const state = status === 'failed' ? 'could not be created' : `is ${status}`;
  return new GantryError('Conflict', `Database ${slug} ${state}. Deploy once it is ready: gantry db info ${slug}.`);
}
