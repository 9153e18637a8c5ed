import type { Database } from '@gantry/contract/schemas/databases.ts';

/** The longest name of a database. */
const LONGEST = 30;

/** The name of a database that a rollback restores: `postgres-1130081500` for a moment on the 30th of November. */
export function restoredSlug(slug: string, moment: string): string {
  const suffix = `-${moment.slice(5, 19).replaceAll(/\D/g, '')}`;
  return `${slug.slice(0, LONGEST - suffix.length)}${suffix}`;
}

/** The database that an earlier try restored to the same moment. A database whose restore failed does not count. */
export function restoredTo<T extends Pick<Database, 'origin' | 'status'>>(
  databases: readonly T[],
  databaseId: string,
  moment: string,
): T | undefined {
  return databases.find(
    ({ origin, status }) => origin?.databaseId === databaseId && origin.at === moment && status !== 'failed',
  );
}
