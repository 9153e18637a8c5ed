import { GantryError } from '@gantry/contract/errors.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { derivedId } from '../kernel/derived-id.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { type DatabasePath, type DatabaseRecord, DrillEntity, databaseAt } from '../records/databases.ts';
import { requireActive } from '../records/project-guards.ts';
import { projectAt } from '../records/project-lookups.ts';
import type { ProjectRecord } from '../records/projects.ts';
import { creation } from './create.ts';
import { requireRestorable } from './restorable.ts';
import { DRILL, requireCopyable, shortLivedCopy } from './short-lived.ts';
import { viewDatabase } from './view.ts';
import { commit } from './writes.ts';

const DAY_MS = 24 * 3600_000;
const ACTOR = 'database';

/** The write that plans the next drill of a database, or none for 0 days. */
export function scheduling({ teamId, projectId, environmentId, id: databaseId }: DatabaseRecord, days: number): Write {
  if (days === 0) return unscheduling(databaseId);
  const dueAt = new Date(Date.now() + days * DAY_MS).toISOString();
  return { item: item.put(DrillEntity.put({ teamId, projectId, environmentId, databaseId, dueAt })) };
}

export function unscheduling(databaseId: string): Write {
  return { item: item.remove(DrillEntity.delete({ databaseId })) };
}

/**
 * Restores the newest moment of a database for a check now. Throws Conflict where the database is not ready or has no such moment yet, and
 * QuotaExceeded where the project has no room for the copy.
 */
export function drillDatabase(caller: Caller, path: DatabasePath): Promise<Database> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'database.update', path, projectAt(path), databaseAt(path));
    const [project, database] = found;
    requireActive(project, database);
    return startDrill(project, database, new Date().toISOString(), caller.userId);
  });
}

/** Starts the drills that are due, and plans the next of each. One that cannot start is a failed one. Stops at `deadline`, in milliseconds since 1970. */
export async function startDueDrills(deadline: number): Promise<void> {
  const { data } = await DrillEntity.query.primary({}).go({ pages: 'all' });
  const now = new Date().toISOString();
  for (const due of data) {
    if (Date.now() >= deadline) return;
    if (due.dueAt <= now) await retryStale(() => startDue(due, due.dueAt));
  }
}

async function startDue(path: DatabasePath, dueAt: string): Promise<void> {
  const [project, database] = await lookUp(optional(projectAt(path)), optional(databaseAt(path)));
  if (project === undefined || database?.status !== 'ready') return;
  const next = scheduling(database, database.drillDays ?? 0);
  try {
    await startDrill(project, database, dueAt, ACTOR, [next]);
  } catch (error) {
    if (!(error instanceof GantryError) || error.kind === 'Unavailable') throw error;
    await recordDrill(database, { seconds: 0, tables: null, reason: error.message }, [next]);
  }
}

/** Records the copy; machine `database` makes it, looks into it and removes it. A repeat for the same instant makes none twice. */
async function startDrill(
  project: ProjectRecord,
  database: DatabaseRecord,
  at: string,
  actor: string,
  more: readonly Write[] = [],
): Promise<Database> {
  requireCopyable(project, database, DRILL);
  const { latest } = await requireRestorable(database);
  const { teamId, id: drillOf } = database;
  const id = derivedId('database', `${drillOf} ${at}`, drillOf);
  const origin = { kind: 'moment', databaseId: drillOf, at: latest } as const;
  const copy: DatabaseRecord = { ...shortLivedCopy(database, id, DRILL, origin), drillOf };
  const data = willAnswer(viewDatabase(copy));
  await transact([...creation(project, copy), ...more], {
    ...{ name: 'database.created', teamId, actor, aggregate: copy, data },
  });
  return data;
}

/** Records how a drill of a database ended. */
async function recordDrill(
  database: DatabaseRecord,
  ended: Omit<NonNullable<DatabaseRecord['drill']>, 'at'>,
  more: readonly Write[] = [],
): Promise<void> {
  const drill = { ...ended, at: new Date().toISOString() };
  await commit(database, { drill }, { name: 'database.drilled', actor: ACTOR }, [], more);
}

/** Records how the drill of a copy ended, where the database is still there. */
export function endDrill(
  copy: DatabaseRecord,
  ended: { readonly tables: number | null; readonly reason: string | null },
) {
  return retryStale(async () => {
    const { drillOf: databaseId } = copy;
    if (databaseId === undefined) return;
    const [database] = await lookUp(optional(databaseAt({ ...copy, databaseId })));
    const seconds = Math.round((Date.now() - Date.parse(copy.createdAt)) / 1000);
    if (database?.status === 'ready') await recordDrill(database, { ...ended, seconds });
  });
}
