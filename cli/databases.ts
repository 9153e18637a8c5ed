import { setTimeout as sleep } from 'node:timers/promises';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { Surroundings } from './declare.ts';
import { allPages, named } from './pages.ts';
import { openSession, type Session } from './session.ts';
import { environmentOf, projectFlags, projectOf } from './target.ts';

export const environmentFlags = {
  ...projectFlags,
  environment: { summary: 'the environment; the linked one, or production', value: 'environment', short: 'e' },
} as const;

type EnvironmentChoice = Readonly<Record<keyof typeof environmentFlags, string | undefined>>;

export const databaseArgument = { database: { summary: 'its name, or its id' } } as const;

/** RDS needs up to 15 minutes for a server; a large backup longer. In milliseconds. */
export const CREATE_MS = 40 * 60_000;

/** The environment that is meant, as the API's paths name it. */
export async function environmentPathOf(context: Surroundings, choice: EnvironmentChoice) {
  const session = await openSession(context);
  const above = await projectOf(context, session, choice);
  const environment = await environmentOf(session, above, choice.environment);
  const params = { teamId: above.team.id, projectId: above.project.id, environmentId: environment.id };
  return { session, params, environment };
}

export type EnvironmentPath = Awaited<ReturnType<typeof environmentPathOf>>;

export function databasesOf({ session, params }: EnvironmentPath): Promise<Database[]> {
  return allPages((query) => session.client('databases.list', { params, query }));
}

/** A database by its name or id. */
export async function databaseOf(at: EnvironmentPath, name: string) {
  const found = named(await databasesOf(at), name, 'database', `environment ${at.environment.slug}`);
  return { found, params: { ...at.params, databaseId: found.id } };
}

/** How often is asked, in milliseconds. */
const EVERY_MS = 1_000;

/** Asks until a database is ready. Throws with the reason where it failed, and Unavailable where it takes too long. */
export async function awaitReady(
  { client }: Session,
  params: Awaited<ReturnType<typeof databaseOf>>['params'],
  { out }: Surroundings,
  timeoutMs: number,
): Promise<Database> {
  for (const end = Date.now() + timeoutMs; ; await sleep(EVERY_MS)) {
    const database = await client('databases.get', { params });
    if (database.status === 'ready') return database;
    if (database.status === 'failed')
      throw new GantryError('ReleaseFailed', database.reason ?? `Database ${database.slug} could not be created.`);
    if (database.status === 'deleting')
      throw new GantryError('Conflict', `Database ${database.slug} is being deleted.`);
    if (Date.now() > end)
      throw new GantryError('Unavailable', `${database.slug} is still being created: gantry db info ${database.slug}.`);
    out.status(`${database.step ?? 'queued'} …`);
  }
}

/** Asks until nothing is done to a database any more. Throws with the reason where a change failed, and Unavailable where it takes too long. */
export async function awaitSettled(
  { client }: Session,
  params: Awaited<ReturnType<typeof databaseOf>>['params'],
  { out }: Surroundings,
): Promise<Database> {
  for (const end = Date.now() + CREATE_MS; ; await sleep(EVERY_MS)) {
    const database = await client('databases.get', { params });
    if (database.step === null && database.reason !== null) throw new GantryError('ReleaseFailed', database.reason);
    if (database.step === null) {
      out.status(undefined);
      return database;
    }
    if (Date.now() > end) throw new GantryError('Unavailable', `${database.slug} is still being changed.`);
    out.status(`${database.step} …`);
  }
}

/** A backup once it is ready. Throws with the reason where it failed, and Unavailable where it takes too long. */
export async function awaitBackup(
  { client }: Session,
  params: EnvironmentPath['params'] & { readonly backupId: string },
  { out }: Surroundings,
): Promise<Backup> {
  for (const end = Date.now() + CREATE_MS; ; await sleep(EVERY_MS)) {
    const backup = await client('backups.get', { params });
    if (backup.status === 'failed') throw new GantryError('ReleaseFailed', backup.reason ?? 'The backup failed.');
    if (backup.status === 'ready') {
      out.status(undefined);
      return backup;
    }
    if (Date.now() > end)
      throw new GantryError('Unavailable', `Backup ${backup.id} is still being made: gantry db backups.`);
    out.status('backup …');
  }
}
