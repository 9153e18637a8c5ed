import { lastLogLines } from '@gantry/cloud/rds-logs.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Replacement } from '@gantry/contract/schemas/deployments.ts';
import { derivedId } from '../kernel/derived-id.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import type { Write } from '../kernel/write.ts';
import {
  DatabaseEntity,
  type DatabaseRecord,
  databaseAt,
  databasesOf,
  type EnvironmentPath,
} from '../records/databases.ts';
import { projectAt } from '../records/project-lookups.ts';
import { creation } from './create.ts';
import type { StatementFailure } from './engines/engine.ts';
import { engineOf } from './engines/engines.ts';
import { clusterName } from './place.ts';
import { requestDeletion } from './request-deletion.ts';
import { FIRST_USER } from './secret.ts';
import { REHEARSAL, requireCopyable, shortLivedCopy } from './short-lived.ts';
import { viewDatabase } from './view.ts';

/** The deployment whose release command is rehearsed, and the generation of its run. */
export interface Rehearsal extends EnvironmentPath {
  readonly deploymentId: string;
  readonly generation: number;
}

const LOG_LINES = 200;

/**
 * Has each database copied for a rehearsal; `whileCurrent` is refused once the deployment has ended, so that no copy is made after its end. Returns
 * the pairs once all copies are ready, undefined before. A repeat makes none twice. Throws ReleaseFailed where a copy could not be made.
 */
export async function rehearsalCopies(
  rehearsal: Rehearsal,
  databaseIds: readonly string[],
  seconds: number,
  whileCurrent: Write,
): Promise<readonly Replacement[] | undefined> {
  const pairs = databaseIds.map((databaseId) => ({ databaseId, replacement: copyIdOf(rehearsal, databaseId) }));
  const copies = await Promise.all(
    pairs.map(({ databaseId, replacement }) => ensure(rehearsal, databaseId, replacement, seconds, whileCurrent)),
  );
  const failed = copies.find(({ status }) => status === 'failed');
  if (failed !== undefined)
    throw new GantryError(
      'ReleaseFailed',
      `The database could not be copied for the rehearsal. ${failed.reason ?? ''}`,
    );
  return copies.every(({ status }) => status === 'ready') ? pairs : undefined;
}

function copyIdOf({ deploymentId, generation }: Rehearsal, databaseId: string): string {
  return derivedId('database', `${deploymentId} ${generation} ${databaseId}`, deploymentId);
}

function ensure(
  { deploymentId, generation: _, ...path }: Rehearsal,
  databaseId: string,
  id: string,
  statementSeconds: number,
  whileCurrent: Write,
): Promise<DatabaseRecord> {
  return retryStale(async () => {
    const { teamId } = path;
    const [known, source, project] = await lookUp(
      optional(databaseAt({ ...path, databaseId: id })),
      databaseAt({ ...path, databaseId }),
      projectAt(path),
    );
    if (known !== undefined) return known;
    requireCopyable(project, source, REHEARSAL);
    const copy: DatabaseRecord = {
      ...shortLivedCopy(source, id, REHEARSAL, { kind: 'clone', databaseId }),
      ...{ rehearsalOf: deploymentId, statementSeconds },
    };
    await transact([...creation(project, copy), whileCurrent], {
      ...{ name: 'database.created', teamId, actor: 'deploy', aggregate: copy, data: viewDatabase(copy) },
    });
    return copy;
  });
}

/** What failed last on the copies, from the logs of their servers; undefined where nothing did. */
export async function failureOnCopies(
  path: EnvironmentPath,
  copies: readonly Replacement[],
): Promise<StatementFailure | undefined> {
  const records = await lookUp(
    ...copies.map(({ replacement }) => optional(databaseAt({ ...path, databaseId: replacement }))),
  );
  const failures = await Promise.all(
    records.map(async (record) => {
      if (record === undefined) return undefined;
      return engineOf(record.engine).lastFailure(await lastLogLines(clusterName(record.id), LOG_LINES), FIRST_USER);
    }),
  );
  return failures.find((failure) => failure?.tookTooLong === true) ?? failures.find((failure) => failure !== undefined);
}

/** Has the copies of a deployment removed, without a backup. One whose creation is under way goes once that has ended. Harmless when repeated. */
export async function endCopies(path: EnvironmentPath, deploymentId: string): Promise<void> {
  await retryStale(async () => {
    for (const copy of await databasesOf(path)) {
      if (copy.rehearsalOf !== deploymentId) continue;
      if (copy.status === 'ready' || copy.status === 'failed') await requestDeletion(copy, 'deploy');
      if (copy.status === 'creating' && copy.unwanted !== true) await markUnwanted(copy);
    }
  });
}

async function markUnwanted({ teamId, projectId, environmentId, id, version: known }: DatabaseRecord): Promise<void> {
  await DatabaseEntity.patch({ teamId, projectId, environmentId, id })
    .set({ unwanted: true, version: known + 1 })
    .where(({ version, status }, { eq }) => `${eq(version, known)} AND ${eq(status, 'creating')}`)
    .go();
}
