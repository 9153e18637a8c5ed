import { GantryError } from '@gantry/contract/errors.ts';
import { idSchema } from '@gantry/contract/ids.ts';
import { TraceId } from '@gantry/contract/trace.ts';
import * as z from 'zod';
import { lookUp, optional } from '../../kernel/lookup.ts';
import { type BackupRecord, backupAt } from '../../records/backups.ts';
import { type DatabaseRecord, databaseAt } from '../../records/databases.ts';

/** What every step of machine `database` is given: statemachines/database.ts. */
export const StepInput = z.object({
  target: z.object({
    teamId: idSchema('team'),
    projectId: idSchema('project'),
    environmentId: idSchema('environment'),
    databaseId: idSchema('database'),
    /** Set if a backup is made or deleted. */
    backupId: idSchema('backup').optional(),
    /** The record's when it was asked for. */
    version: z.int(),
    traceId: TraceId.optional(),
  }),
});
export type Target = z.infer<typeof StepInput>['target'];

/** The actor of what machine `database` does. */
export const DATABASE_ACTOR = 'database';

/** The record, if it is still in the state that the step works on. A repeat after the end finds none. */
export async function inState(target: Target, status: DatabaseRecord['status']): Promise<DatabaseRecord | undefined> {
  const [database] = await lookUp(optional(databaseAt(target)));
  return database?.status === status ? database : undefined;
}

/** The machine's backup, if it is still in the state that the step works on. */
export async function backupInState(target: Target, status: BackupRecord['status']): Promise<BackupRecord | undefined> {
  const { backupId } = target;
  if (backupId === undefined) return undefined;
  const [backup] = await lookUp(optional(backupAt({ ...target, backupId })));
  return backup?.status === status ? backup : undefined;
}

/** The record of a creation in progress. Throws Superseded if the creation is over. */
export async function creating(target: Target): Promise<DatabaseRecord> {
  const database = await inState(target, 'creating');
  if (database === undefined) throw new GantryError('Superseded', 'The database is not being created any more.');
  return database;
}
