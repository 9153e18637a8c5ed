import { numberOfSql } from '@gantry/cloud/rds-data.ts';
import { retryStale } from '../../kernel/transact.ts';
import { endDrill } from '../drills.ts';
import { engineOf } from '../engines/engines.ts';
import { sqlTarget } from '../place.ts';
import { requestDeletion } from '../request-deletion.ts';
import { beginStep } from '../writes.ts';
import { creating, DATABASE_ACTOR, inState, type Target } from './input.ts';

/** Looks into a database that a drill has restored, records the result with the source, and has the copy removed. */
export async function inspect(target: Target): Promise<void> {
  const copy = await creating(target);
  await beginStep(copy, 'inspect');
  const tables = await numberOfSql(sqlTarget(copy), engineOf(copy.engine).countTables);
  await endDrill(copy, { tables, reason: null });
  await retryStale(async () => {
    const current = await inState(target, 'creating');
    if (current !== undefined) await requestDeletion(current, DATABASE_ACTOR);
  });
}
