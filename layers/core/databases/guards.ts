import { GantryError } from '@gantry/contract/errors.ts';
import type { DatabaseRecord } from '../records/databases.ts';
import { notReady } from './values.ts';

/** A creation under way is left to end: it cleans up after itself. One that is so old will not end any more. In milliseconds. */
const MADE_AFTER_MS = 4 * 3600_000;

/** Throws Conflict while a database is being created. */
export function requireMade({ slug, status, createdAt }: DatabaseRecord): void {
  if (status !== 'creating' || Date.now() - Date.parse(createdAt) > MADE_AFTER_MS) return;
  throw new GantryError('Conflict', `Database ${slug} is being created. Delete it once it is ready, or has failed.`);
}

/** Throws Conflict unless a database is ready. */
export function requireReady(database: DatabaseRecord): void {
  if (database.status !== 'ready') throw notReady(database);
}

/** A change that is so old will not end any more. In milliseconds. */
const IDLE_AFTER_MS = 3600_000;

/** Throws Conflict while something is done to a database that leaves it ready. */
export function requireIdle({ slug, busySince }: DatabaseRecord): void {
  if (busySince === undefined || Date.now() - Date.parse(busySince) > IDLE_AFTER_MS) return;
  throw new GantryError('Conflict', `Database ${slug} is being changed. Try again once that has ended.`, [], {
    retryAfterSeconds: 15,
  });
}
