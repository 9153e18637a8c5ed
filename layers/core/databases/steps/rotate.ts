import { runSql } from '@gantry/cloud/rds-data.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { retryStale } from '../../kernel/transact.ts';
import { engineOf } from '../engines/engines.ts';
import { sqlTarget } from '../place.ts';
import { renewPassword } from '../secret.ts';
import { commit } from '../writes.ts';
import { DATABASE_ACTOR, inState, type Target } from './input.ts';

/** Gives the other user of apps a new password, and records this user as the one for apps. The user before keeps the old password. */
export async function rotate(target: Target): Promise<void> {
  const asked = await inState(target, 'ready');
  if (asked?.rotating === undefined) return;
  if (asked.cluster === undefined) throw new GantryError('Conflict', `Database ${asked.slug} has no server.`);
  const password = await renewPassword(asked.id, asked.rotating, target.version);
  await runSql(sqlTarget(asked), engineOf(asked.engine).letIn(asked.rotating, password));
  await retryStale(async () => {
    const database = await inState(target, 'ready');
    if (database?.rotating === undefined) return;
    const told = { name: 'database.rotated', actor: DATABASE_ACTOR } as const;
    await commit(database, { user: database.rotating }, told, ['step', 'rotating', 'busySince', 'reason']);
  });
}
