import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type {
  Database,
  DatabaseConfirmation,
  DatabaseDetails,
  NewDatabase,
} from '@gantry/contract/schemas/databases.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import { isUnderWay } from '../projects/deletion.ts';
import { claiming, claimSlug } from '../projects/slugs.ts';
import { DatabaseEntity, type DatabasePath, type DatabaseRecord, databaseAt } from '../records/databases.ts';
import { requireActive, requireRoom, whileActive } from '../records/project-guards.ts';
import { environmentAt, type ProjectPath, projectAt } from '../records/project-lookups.ts';
import { ProjectEntity } from '../records/projects.ts';
import { versionFor } from './engines/engines.ts';
import { requestDeletion } from './request-deletion.ts';
import { requireUnused, usesOf } from './uses.ts';
import { variablesOffered } from './values.ts';
import { viewDatabase } from './view.ts';

type EnvironmentPath = ProjectPath & { readonly environmentId: string };

/** Creates a database's record; machine `database` makes the database. */
export function createDatabase(caller: Caller, path: EnvironmentPath, input: NewDatabase): Promise<Database> {
  const create = async () => {
    const { found } = await authorise(caller, 'database.create', path, projectAt(path), environmentAt(path));
    const [project, environment] = found;
    requireActive(project, environment);
    requireRoom(project.databases ?? 0, quotas.databasesPerProject, 'databases in a project');
    const { slug, name = slug, engine, size = 'micro' } = input;
    const database = {
      ...path,
      id: newId('database'),
      ...{ slug, name, engine, engineVersion: versionFor(input), size },
      status: 'creating' as const,
      createdAt: new Date().toISOString(),
      version: 1,
    };
    const data = willAnswer(viewDatabase(database));
    await transact(
      [
        claimSlug(path.teamId, `database#${path.projectId}#${path.environmentId}`, slug, database.id),
        countDatabase(path),
        { item: item.put(DatabaseEntity.create(database)) },
        ...whileActive(environmentAt(path)),
      ],
      { name: 'database.created', teamId: path.teamId, actor: caller.userId, aggregate: database, data },
    );
    return data;
  };
  return claiming(() => retryStale(create));
}

function countDatabase({ teamId, projectId }: ProjectPath): Write {
  return {
    item: item.update(
      ProjectEntity.patch({ teamId, id: projectId })
        .add({ databases: 1 })
        .where(
          ({ databases, deletingSince }, { lt, notExists }) =>
            `(${notExists(databases)} OR ${lt(databases, quotas.databasesPerProject)}) AND ${notExists(deletingSince)}`,
        ),
    ),
  };
}

/** An environment's databases, oldest first. */
export async function listDatabases(caller: Caller, path: EnvironmentPath, query: PageQuery) {
  await authorise(caller, 'database.read', path, projectAt(path), environmentAt(path));
  const { teamId, projectId, environmentId } = path;
  return page(
    query,
    () => DatabaseEntity.query.primary({ teamId, projectId, environmentId }).go(pageOptions(query)),
    viewDatabase,
  );
}

/** One database, with who refers to it. */
export async function getDatabase(caller: Caller, path: DatabasePath): Promise<DatabaseDetails> {
  const { found } = await authorise(caller, 'database.read', path, projectAt(path), databaseAt(path));
  const [, database] = found;
  return {
    ...viewDatabase(database),
    variables: variablesOffered(database.engine),
    usedBy: await usesOf(database),
  };
}

/**
 * Asks for a database's deletion, which machine `database` carries out after a last backup. Asked again, it changes nothing. Throws Conflict
 * while variables refer to it.
 */
export function deleteDatabase(
  caller: Caller,
  path: DatabasePath,
  { confirm }: DatabaseConfirmation,
): Promise<Database> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'database.delete', path, projectAt(path), databaseAt(path));
    const [project, database] = found;
    if (isUnderWay(project) || isUnderWay(database)) return viewDatabase(database);
    if (confirm !== database.slug)
      throw new GantryError('Conflict', 'The name that confirms the deletion is not that of the database.', [
        { field: 'query.confirm', message: `must be ${database.slug}` },
      ]);
    requireMade(database);
    await requireUnused(database);
    return requestDeletion(database, caller.userId);
  });
}

/** A creation under way is left to end: it cleans up after itself. One that is so old will not end any more. In milliseconds. */
const MADE_AFTER_MS = 4 * 3600_000;

function requireMade({ slug, status, createdAt }: DatabaseRecord): void {
  if (status !== 'creating' || Date.now() - Date.parse(createdAt) > MADE_AFTER_MS) return;
  throw new GantryError('Conflict', `Database ${slug} is being created. Delete it once it is ready, or has failed.`);
}
