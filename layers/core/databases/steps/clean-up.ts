import { removeCluster } from '@gantry/cloud/rds.ts';
import { deleteSnapshot } from '@gantry/cloud/rds-snapshots.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import * as z from 'zod';
import { retryStale } from '../../kernel/transact.ts';
import { endDrill } from '../drills.ts';
import { clusterName } from '../place.ts';
import { requestDeletion } from '../request-deletion.ts';
import { commit, commitBackup } from '../writes.ts';
import { backupInState, DATABASE_ACTOR, inState, StepInput, type Target } from './input.ts';
import { removeAround } from './remove-around.ts';

/** The input from the machine's Catch: the failed state, and the reason. */
export const FailedInput = StepInput.extend({
  failure: z.object({ state: z.string(), error: z.string(), cause: z.string() }),
});
export type Failure = z.infer<typeof FailedInput>['failure'];

/**
 * Cleans up after a failure, and records the reason. A failed creation or backup loses all its parts, which nobody has used yet. After a failed change or
 * rotation the database is as before. A failed deletion keeps the remaining parts: a new request continues it.
 */
export async function cleanUp(target: Target, failure: Failure): Promise<void> {
  if (target.backupId !== undefined) return giveUpBackup(target, failure);
  if ((await inState(target, 'creating')) !== undefined) return giveUpCreation(target, failure);
  await retryStale(async () => {
    const database = await inState(target, 'ready');
    if (database?.busySince === undefined) return;
    const told = { name: 'database.changed', actor: DATABASE_ACTOR } as const;
    await commit(database, { reason: reasonOf(failure) }, told, ['step', 'wanted', 'rotating', 'busySince']);
  });
}

async function giveUpCreation(target: Target, failure: Failure): Promise<void> {
  if (!(await removeCluster(clusterName(target.databaseId), undefined)))
    throw new GantryError('Unavailable', 'The server of the database is still being removed. Try again.');
  await removeAround(target.databaseId);
  await retryStale(async () => {
    const database = await inState(target, 'creating');
    if (database === undefined) return;
    if (database.drillOf !== undefined) await endDrill(database, { tables: null, reason: reasonOf(failure) });
    if (database.unwanted === true || database.drillOf !== undefined)
      return void (await requestDeletion(database, DATABASE_ACTOR));
    const told = { name: 'database.failed', actor: DATABASE_ACTOR } as const;
    await commit(database, { status: 'failed', reason: reasonOf(failure) }, told, ['step']);
  });
}

async function giveUpBackup(target: Target, failure: Failure): Promise<void> {
  const backup = await backupInState(target, 'creating');
  if (backup === undefined) return;
  await deleteSnapshot(backup.snapshot);
  await retryStale(async () => {
    const current = await backupInState(target, 'creating');
    if (current === undefined) return;
    const told = { name: 'backup.failed', actor: DATABASE_ACTOR } as const;
    await commitBackup(current, { status: 'failed', reason: reasonOf(failure) }, told);
  });
}

/** The text of one of our own errors. Of any other error, users learn only the step. */
function reasonOf({ state, cause }: Failure): string {
  const said = detailOf(cause);
  if (said !== undefined) return said;
  return `The platform could not finish ${state.toLowerCase()}. Try it again; if that does not help, ask an operator.`;
}

const Cause = z.object({ errorMessage: z.string() });
const Message = z.object({ detail: z.string() });

function detailOf(cause: string): string | undefined {
  try {
    return Message.parse(JSON.parse(Cause.parse(JSON.parse(cause)).errorMessage)).detail;
  } catch {
    return undefined;
  }
}
