import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { DescribeDBClusterSnapshotsCommand, DescribeDBClustersCommand } from '@aws-sdk/client-rds';
import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import { Client } from 'pg';
import type { Bed } from './bed.ts';
import type { End, Place } from './ground.ts';
import { orphanProcesses } from './problems.ts';
import { processesOf } from './processes.ts';
import { deadLetters, type Operator, runningExecutions } from './state.ts';

/** An environment with a database that holds one row, and with a backup of it. */
export interface Stored extends Place {
  readonly databaseId: string;
  readonly backupId: string;
  /** A moment at which the row was there. */
  readonly storedAt: string;
}

/** The end of a scenario with databases. */
export interface DatabaseEnd extends End {
  /** The snapshot that was taken away from its backup. */
  readonly lost?: string;
}

type Tags = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];

/** The problems of an environment's databases and backups, and of the resources below them. */
export async function databaseProblems(
  bed: Bed,
  operator: Operator,
  place: Stored,
  { lost }: DatabaseEnd,
): Promise<string[]> {
  const { platform, client } = bed;
  const params = place.target;
  const [databases, backups] = await Promise.all([
    client('databases.list', { params }).then(({ items }) => items),
    client('backups.list', { params }).then(({ items }) => items),
  ]);
  const [parts, executions, dead] = await Promise.all([
    partProblems(
      operator,
      place,
      databases,
      backups.filter(({ id }) => nameOf(id) !== lost),
    ),
    runningExecutions(operator),
    deadLetters(operator),
  ]);
  const ids = [...databases, ...backups].map(({ id }) => id).concat(place.databaseId, place.backupId);
  const owned = processesOf(platform.dataDir);
  const problems = [
    ...databases.filter(isUnderWay).map(({ slug, status, step }) => `database ${slug} is ${status}, in step ${step}`),
    ...backups.filter(isUnderWay).map(({ id, status }) => `backup ${id} is ${status}`),
    ...parts,
    ...executions.filter((name) => ids.some((id) => name.startsWith(id))).map((name) => `execution ${name} still runs`),
    ...dead.map((letters) => `dead letters of ${letters}`),
    ...orphanProcesses(platform, owned),
  ];
  return problems.length > 0 ? problems : rowProblems(operator, databases);
}

function isUnderWay({ status, step = null }: { readonly status: string; readonly step?: string | null }): boolean {
  return status === 'creating' || status === 'deleting' || step !== null;
}

/**
 * Whether each server, group, secret and snapshot belongs to an existing database or backup, and each of these has its
 * own.
 */
async function partProblems(
  operator: Operator,
  { target, databaseId }: Stored,
  databases: readonly Database[],
  backups: readonly Backup[],
): Promise<string[]> {
  const isOurs = (tags: Tags = []) =>
    tags.some(({ Key, Value }) => Key === 'gantry:environment' && Value === target.environmentId);
  const { rds, ec2, dataDir } = operator;
  const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({}));
  const { DBClusterSnapshots = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({}));
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
  const ready = databases.filter(({ status }) => status === 'ready').map(({ id }) => nameOf(id));
  const kept = backups.filter(({ status }) => status === 'ready');
  const gone = [...databases.filter(({ status }) => status === 'failed').map(({ id }) => id), databaseId].filter(
    (id) => !ready.includes(nameOf(id)),
  );
  const secrets = await Promise.all(
    gone.flatMap((id) => [id, `${id}/app_b`]).map(async (id) => ((await hasSecret(operator, id)) ? [id] : [])),
  );
  const names = (folder: string) => readdirSync(join(dataDir, folder));
  return [
    ...difference(
      'server',
      DBClusters.filter(({ TagList }) => isOurs(TagList)).map(({ DBClusterIdentifier: id = '' }) => id),
      ready,
    ),
    ...difference(
      'security group',
      SecurityGroups.filter(({ Tags }) => isOurs(Tags)).map(({ GroupName = '' }) => GroupName),
      ready,
    ),
    ...difference(
      'snapshot',
      DBClusterSnapshots.filter(({ TagList }) => isOurs(TagList)).map(({ DBClusterSnapshotIdentifier: id = '' }) => id),
      kept.map(({ id, kind, databaseId: of }) => (kind === 'final' ? `${nameOf(of)}-final` : nameOf(id))),
    ),
    ...secrets.flat().map((id) => `orphan secret of ${id}`),
    ...difference(
      'folder of a server',
      names('databases'),
      DBClusters.map(({ DbClusterResourceId: id = '' }) => id),
    ),
    ...difference(
      'folder of a backup',
      names('database-backups'),
      DBClusterSnapshots.map(({ DBClusterSnapshotIdentifier: id = '' }) => id),
    ),
  ];
}

/** The name of a database's server, and of a backup's snapshot. */
export const nameOf = (id: string) => `gantry-local-${toKubernetesName(id)}`;

function difference(what: string, found: readonly string[], expected: readonly string[]): string[] {
  return [
    ...found.filter((each) => !expected.includes(each)).map((each) => `orphan ${what} ${each}`),
    ...expected.filter((each) => !found.includes(each)).map((each) => `${what} ${each} is gone`),
  ];
}

async function hasSecret({ secrets }: Operator, id: string): Promise<boolean> {
  const command = new DescribeSecretCommand({ SecretId: `gantry-local/databases/${id}` });
  try {
    return (await secrets.send(command)).DeletedDate === undefined;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return false;
    throw error;
  }
}

/** Whether the database and each copy of it has the row. */
async function rowProblems(operator: Operator, databases: readonly Database[]): Promise<string[]> {
  const holding = databases.filter(
    ({ status, origin, slug }) => status === 'ready' && (origin !== null || slug === 'kept'),
  );
  const counts = await Promise.all(
    holding.map(async (database) => ({
      slug: database.slug,
      rows: await sqlIn(operator, database, 'SELECT text FROM kept'),
    })),
  );
  return counts.filter(({ rows }) => rows !== 1).map(({ slug, rows }) => `database ${slug} has ${rows} rows, not one`);
}

/** Runs statements as the user of apps; returns the number of rows that the last one answered. */
export async function sqlIn({ secrets }: Operator, { id, endpoint }: Database, text: string): Promise<number> {
  if (endpoint === null) throw new Error(`${id} has no address`);
  const { host, port, database, user } = endpoint;
  const SecretId = `gantry-local/databases/${id}${user === 'app_a' ? '' : `/${user}`}`;
  const { SecretString: password } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const login = { host, port, database, user, ...(password !== undefined && { password }) };
  const session = new Client({ ...login, ssl: { rejectUnauthorized: false } });
  session.on('error', () => undefined);
  await session.connect();
  try {
    const answer: unknown = await session.query(text);
    const last = (Array.isArray(answer) ? answer.at(-1) : answer) as { readonly rows: readonly unknown[] };
    return last.rows.length;
  } finally {
    await session.end();
  }
}
