import { GantryError } from '@gantry/contract/errors.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { DatabaseRestore } from '@gantry/contract/schemas/backups.ts';
import type { Database, NewDatabase } from '@gantry/contract/schemas/databases.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { claiming, claimSlug, requireNoOther } from '../projects/slugs.ts';
import { backupAt } from '../records/backups.ts';
import {
  BACKUP_DAYS,
  DatabaseEntity,
  type DatabaseRecord,
  databaseAt,
  type EnvironmentPath,
  type Origin,
} from '../records/databases.ts';
import { requireActive, requireRoom, whileActive } from '../records/project-guards.ts';
import { environmentAt, projectAt } from '../records/project-lookups.ts';
import { ProjectEntity, type ProjectRecord } from '../records/projects.ts';
import { versionFor } from './engines/engines.ts';
import { requireReady } from './guards.ts';
import { requireRestorable } from './restorable.ts';
import { viewDatabase } from './view.ts';

/** The attributes that follow from the request, or from the source of a restore. */
type Plan = Pick<DatabaseRecord, 'slug' | 'name' | 'engine' | 'engineVersion' | 'size' | 'backupDays'> & {
  readonly origin?: Origin;
};

/** Creates a database's record; machine `database` makes the database. */
export function createDatabase(caller: Caller, path: EnvironmentPath, input: NewDatabase): Promise<Database> {
  const { slug, name = slug, engine, size = 'micro' } = input;
  return add(caller, path, async () => ({
    ...{ slug, name, engine, engineVersion: versionFor(input), size, backupDays: BACKUP_DAYS },
  }));
}

/**
 * Creates the record of a database with the data of a backup or of another database. Throws NotFound for an unknown source, Conflict when the source
 * is not ready, and Invalid for a moment that cannot be restored.
 */
export function restoreDatabase(caller: Caller, path: EnvironmentPath, input: DatabaseRestore): Promise<Database> {
  const { slug, name = slug } = input;
  return add(caller, path, async () => {
    const { origin, source } = await sourceOf(path, input.from);
    const { engine, engineVersion, backupDays = BACKUP_DAYS } = source;
    return { slug, name, engine, engineVersion, size: input.size ?? source.size, backupDays, origin };
  });
}

type Source = Pick<DatabaseRecord, 'engine' | 'engineVersion' | 'size'> & Pick<Partial<DatabaseRecord>, 'backupDays'>;

async function sourceOf(
  path: EnvironmentPath,
  from: DatabaseRestore['from'],
): Promise<{ readonly origin: Origin; readonly source: Source }> {
  if (from.kind === 'backup') {
    const { backupId } = from;
    const [backup] = await lookUp(backupAt({ ...path, backupId }));
    const { databaseId, snapshot, status } = backup;
    if (status !== 'ready')
      throw new GantryError(
        'Conflict',
        `Backup ${backupId} is ${status}. Only a backup that is ready can be restored.`,
      );
    return { origin: { kind: 'backup', databaseId, backupId, snapshot }, source: backup };
  }
  const { databaseId } = from;
  const [database] = await lookUp(databaseAt({ ...path, databaseId }));
  requireReady(database);
  if (from.kind === 'clone') return { origin: { kind: 'clone', databaseId }, source: database };
  await requireMoment(database, from.at);
  return { origin: { kind: 'moment', databaseId, at: from.at }, source: database };
}

async function requireMoment(database: DatabaseRecord, at: string): Promise<void> {
  const { earliest, latest } = await requireRestorable(database);
  if (Date.parse(at) < Date.parse(earliest) || Date.parse(at) > Date.parse(latest))
    throw fieldError('body.from.at', `must be from ${earliest} to ${latest}`);
}

/** Records the database of a plan. The same transaction claims its slug and counts it for the quota. */
function add(caller: Caller, path: EnvironmentPath, plan: () => Promise<Plan>): Promise<Database> {
  const create = async () => {
    const { found } = await authorise(caller, 'database.create', path, projectAt(path), environmentAt(path));
    const [project, environment] = found;
    requireActive(project, environment);
    requireRoom(project.databases ?? 0, quotas.databasesPerProject, 'databases in a project');
    const { teamId, projectId, environmentId } = path;
    const planned = await plan();
    await requireNoOther(teamId, `service#${projectId}`, planned.slug);
    const database = {
      ...{ teamId, projectId, environmentId, id: newId('database'), ...planned },
      ...{ status: 'creating' as const, createdAt: new Date().toISOString(), version: 1 },
    };
    const data = willAnswer(viewDatabase(database));
    const { userId: actor } = caller;
    await transact(creation(project, database), { name: 'database.created', teamId, actor, aggregate: database, data });
    return data;
  };
  return claiming(() => retryStale(create));
}

/** The writes that record a new database in an environment that is there, with its name and its place in the quota. */
export function creation(project: ProjectRecord, database: DatabaseRecord): Write[] {
  const { teamId, projectId, environmentId, slug, id } = database;
  return [
    claimSlug(teamId, `database#${projectId}#${environmentId}`, slug, id),
    countDatabase(project),
    { item: item.put(DatabaseEntity.create(database)) },
    ...whileActive(environmentAt({ teamId, projectId, environmentId })),
  ];
}

/**
 * The write fails if a service was made or removed since the project was read, because its name may be the database's.
 */
function countDatabase({ teamId, id, services: known }: ProjectRecord): Write {
  return {
    item: item.update(
      ProjectEntity.patch({ teamId, id })
        .add({ databases: 1 })
        .where(
          ({ databases, services, deletingSince }, { eq, lt, notExists }) =>
            `(${notExists(databases)} OR ${lt(databases, quotas.databasesPerProject)}) AND ${notExists(deletingSince)} AND ${eq(services, known)}`,
        ),
    ),
  };
}
