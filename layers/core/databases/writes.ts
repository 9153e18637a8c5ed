import type { Database } from '@gantry/contract/schemas/databases.ts';
import { item } from '../kernel/entity.ts';
import { transact } from '../kernel/transact.ts';
import { DatabaseEntity, type DatabaseRecord } from '../records/databases.ts';
import { viewDatabase } from './view.ts';

type Patch = Partial<
  Pick<
    DatabaseRecord,
    'status' | 'step' | 'reason' | 'host' | 'port' | 'user' | 'securityGroup' | 'deletingSince' | 'finalBackup'
  >
>;

interface Told {
  readonly name: 'database.ready' | 'database.failed' | 'database.deletion-requested';
  readonly actor: string;
}

/** Commits a change to a database as its next version, with its event. Throws StaleWrite where it is not at the version that was read. */
export async function commit(
  database: DatabaseRecord,
  patch: Patch,
  { name, actor }: Told,
  removed: readonly 'step'[] = [],
): Promise<Database> {
  const changed = { ...database, ...patch, version: database.version + 1 };
  for (const attribute of removed) delete changed[attribute];
  const data = viewDatabase(changed);
  await transact([{ item: item.update(patchOf(database, { ...patch, version: changed.version }, removed)) }], {
    name,
    teamId: database.teamId,
    actor,
    aggregate: changed,
    data,
  });
  return data;
}

/** Says what is being done, for whoever looks; it is no event. */
export async function beginStep(database: DatabaseRecord, step: NonNullable<DatabaseRecord['step']>): Promise<void> {
  if (database.step === step) return;
  await patchOf(database, { step }, []).go();
}

function patchOf(
  { teamId, projectId, environmentId, id, version: known }: DatabaseRecord,
  patch: Patch & { readonly version?: number },
  removed: readonly 'step'[],
) {
  return DatabaseEntity.patch({ teamId, projectId, environmentId, id })
    .set(patch)
    .remove([...removed])
    .where(({ version }, { eq }) => eq(version, known));
}
