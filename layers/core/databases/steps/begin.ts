import { lookUp, optional } from '../../kernel/lookup.ts';
import { databaseAt } from '../../records/databases.ts';
import { backupInState, type Target } from './input.ts';

type Next = 'create' | 'restore' | 'drill' | 'change' | 'rotate' | 'remove' | 'back-up' | 'erase-backup' | 'nothing';

/** Returns the work to do; nothing if it is done already. */
export async function begin(target: Target): Promise<{ next: Next }> {
  return { next: target.backupId === undefined ? await withDatabase(target) : await withBackup(target) };
}

async function withDatabase(target: Target): Promise<Next> {
  const [database] = await lookUp(optional(databaseAt(target)));
  if (database?.status === 'creating') {
    if (database.drillOf !== undefined) return 'drill';
    return database.origin === undefined ? 'create' : 'restore';
  }
  if (database?.status === 'deleting') return 'remove';
  if (database?.status !== 'ready') return 'nothing';
  if (database.wanted !== undefined) return 'change';
  return database.rotating === undefined ? 'nothing' : 'rotate';
}

async function withBackup(target: Target): Promise<Next> {
  if ((await backupInState(target, 'creating')) !== undefined) return 'back-up';
  return (await backupInState(target, 'deleting')) !== undefined ? 'erase-backup' : 'nothing';
}
