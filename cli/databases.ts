import { setTimeout as sleep } from 'node:timers/promises';
import { GantryError } from '@gantry/contract/errors.ts';
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

/** RDS needs up to 15 minutes for a server, and longer for a large backup. In milliseconds. */
const LONGEST_MS = 40 * 60_000;

/** The chosen environment, as the API's paths name it. */
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

/** The instant that a text names. Throws Invalid for another text. */
export function instant(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new GantryError('Invalid', `${text} is no time. Write it as 2026-11-30T08:00:00Z.`);
  return new Date(time).toISOString();
}

/** The pause between two polls, in milliseconds. */
const EVERY_MS = 1_000;

/**
 * Polls until `look` returns a record, and shows meanwhile the text that `look` returns. Throws Unavailable with `late` after 40 minutes.
 */
async function poll<T extends object>(
  { out }: Surroundings,
  late: string,
  look: () => Promise<T | string>,
): Promise<T> {
  for (const end = Date.now() + LONGEST_MS; ; await sleep(EVERY_MS)) {
    const found = await look();
    if (typeof found !== 'string') {
      out.status(undefined);
      return found;
    }
    if (Date.now() > end) throw new GantryError('Unavailable', late);
    out.status(`${found} …`);
  }
}

type DatabaseParams = Awaited<ReturnType<typeof databaseOf>>['params'];

/** Waits until a new database is ready. Throws with the reason when it failed, and Unavailable when it takes too long. */
export function awaitReady(context: Surroundings, { client }: Session, params: DatabaseParams, slug: string) {
  return poll(context, `${slug} is still being created: gantry db info ${slug}.`, async () => {
    const database = await client('databases.get', { params });
    if (database.status === 'ready') return database;
    if (database.status === 'failed')
      throw new GantryError('ReleaseFailed', database.reason ?? `Database ${slug} could not be created.`);
    if (database.status === 'deleting') throw new GantryError('Conflict', `Database ${slug} is being deleted.`);
    return database.step ?? 'queued';
  });
}

/** Waits until a change of a database has ended. Throws with the reason when it failed, and Unavailable when it takes too long. */
export function awaitSettled(context: Surroundings, { client }: Session, params: DatabaseParams, slug: string) {
  return poll(context, `${slug} is still being changed.`, async () => {
    const database = await client('databases.get', { params });
    if (database.step !== null) return database.step;
    if (database.reason !== null) throw new GantryError('ReleaseFailed', database.reason);
    return database;
  });
}

/**
 * Waits until the next drill of a database has ended; `before` is the database as it was before the drill. Throws with the
 * reason of a failed drill, and Unavailable when the drill takes too long.
 */
export function awaitDrill(context: Surroundings, { client }: Session, params: DatabaseParams, before: Database) {
  return poll(
    context,
    `The restore of ${before.slug} is still being tried: gantry db info ${before.slug}.`,
    async () => {
      const { drill } = await client('databases.get', { params });
      if (drill === null || drill.at === before.drill?.at) return 'restoring';
      if (drill.reason !== null) throw new GantryError('ReleaseFailed', drill.reason);
      return drill;
    },
  );
}

/** Waits until a backup is ready. Throws with the reason when it failed, and Unavailable when it takes too long. */
export function awaitBackup(
  context: Surroundings,
  { client }: Session,
  params: EnvironmentPath['params'] & { readonly backupId: string },
) {
  return poll(context, `Backup ${params.backupId} is still being made: gantry db backups.`, async () => {
    const backup = await client('backups.get', { params });
    if (backup.status === 'failed') throw new GantryError('ReleaseFailed', backup.reason ?? 'The backup failed.');
    return backup.status === 'ready' ? backup : 'backup';
  });
}
