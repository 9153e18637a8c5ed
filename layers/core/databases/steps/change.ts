import { changeCluster } from '@gantry/cloud/rds.ts';
import { retryStale } from '../../kernel/transact.ts';
import { scheduling } from '../drills.ts';
import { engineOf } from '../engines/engines.ts';
import { clusterName } from '../place.ts';
import { commit } from '../writes.ts';
import { DATABASE_ACTOR, inState, type Target } from './input.ts';

/** Changes the server to the size and the days that are wanted, and records them. */
export async function change(target: Target): Promise<void> {
  const asked = await inState(target, 'ready');
  if (asked?.wanted === undefined) return;
  const { size, backupDays } = asked.wanted;
  await changeCluster(clusterName(asked.id), engineOf(asked.engine).sizes[size], backupDays);
  await retryStale(async () => {
    const database = await inState(target, 'ready');
    if (database?.wanted === undefined) return;
    const told = { name: 'database.changed', actor: DATABASE_ACTOR } as const;
    const removed = ['step', 'wanted', 'busySince', 'reason'] as const;
    await commit(database, database.wanted, told, removed, [scheduling(database, database.wanted.drillDays)]);
  });
}
