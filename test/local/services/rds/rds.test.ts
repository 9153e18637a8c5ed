import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateDBClusterCommand,
  DeleteDBClusterCommand,
  DescribeDBClustersCommand,
  DownloadDBLogFilePortionCommand,
  ModifyDBClusterCommand,
  RDSClient,
  RebootDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { ensureGroup, removeGroup } from '@gantry/cloud/ec2.ts';
import {
  adoptCluster,
  type ClusterFrame,
  createCluster,
  describeCluster,
  type NewCluster,
  removeCluster,
} from '@gantry/cloud/rds.ts';
import { numberOfSql, runSql } from '@gantry/cloud/rds-data.ts';
import { lastLogLines } from '@gantry/cloud/rds-logs.ts';
import { type ClusterSource, restoreCluster } from '@gantry/cloud/rds-restores.ts';
import { createSnapshot, deleteSnapshot, describeSnapshot } from '@gantry/cloud/rds-snapshots.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createEc2 } from '../../../../local/services/ec2/ec2.ts';
import { createKms } from '../../../../local/services/kms/kms.ts';
import { createRds } from '../../../../local/services/rds/rds.ts';
import { createSecretsManager } from '../../../../local/services/secretsmanager/secretsmanager.ts';
import { until } from '../../../until.ts';
import { actingAs } from '../../caller.ts';
import { type Bench, bench } from '../../support.ts';

let at: Bench;
let rds: ReturnType<typeof createRds>;
let restarted: ReturnType<typeof createRds>;
let operator: RDSClient;
let wanted: NewCluster;

beforeAll(async () => {
  at = await bench((kernel) => {
    const kms = createKms(kernel);
    const secrets = createSecretsManager(kernel, kms.keys);
    rds = createRds(kernel, kms.keys, secrets.managed);
    restarted = createRds(kernel, kms.keys, secrets.managed);
    return [kms, secrets, createEc2(kernel, () => [rds]), rds];
  });
  operator = new RDSClient(at.client());
  const securityGroup = await asOperator(() =>
    ensureGroup({ name: 'orders', description: 'for a test', network: 'vpc-1', port: 5432, tags: {} }),
  );
  wanted = {
    ...{ id: 'orders', engine: 'aurora-postgresql', engineVersion: '18', database: 'app', port: 5432, backupDays: 7 },
    ...{ subnetGroup: 'private', parameterGroup: 'tls', securityGroup, key: 'alias/aws/rds', tags: {} },
    capacity: { min: 0, max: 1 },
  };
});
afterAll(async () => {
  await restarted.stop?.();
  await at.close();
});

const asOperator = <T>(work: () => Promise<T>) => actingAs(at, { kind: 'operator' }, work);
const available = () =>
  until('the cluster is available', async () => {
    const state = await asOperator(() => describeCluster('orders'));
    return state?.status === 'available' ? state : undefined;
  });

/** A restored cluster once its master user has a password, and the Data API reaches it. */
const adopted = (id: string) =>
  until('the restored cluster is adopted', async () => {
    const state = await asOperator(() => describeCluster(id));
    if (state?.status !== 'available') return undefined;
    if (state.masterSecret !== '' && state.hasDataApi) return state;
    await asOperator(() => adoptCluster(id, 'alias/aws/rds'));
    return undefined;
  });
const removed = (id: string, snapshot?: string) =>
  until('the cluster is gone', async () => (await asOperator(() => removeCluster(id, snapshot))) || undefined);

async function query(port: number, user: string, password: string, text: string, ssl = true) {
  const login = { host: '127.0.0.1', port, user, password, database: 'app' };
  const client = new Client({ ...login, ssl: ssl && { rejectUnauthorized: false } });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('a cluster', () => {
  it('is a server of its own, which asks for TLS and a password', async () => {
    await asOperator(() => createCluster(wanted));
    const { arn: cluster, masterSecret: secret } = await available();
    const target = { cluster, secret, database: 'app' };
    await asOperator(() =>
      runSql(target, ["CREATE ROLE app LOGIN PASSWORD 'secret'", 'CREATE TABLE notes (text text)']),
    );
    await asOperator(() => runSql(target, ['GRANT ALL ON notes TO app']));
    const { port } = await available();
    await query(port, 'app', 'secret', "INSERT INTO notes VALUES ('kept')");
    await expect(query(port, 'app', 'guess', 'SELECT 1')).rejects.toThrow('password authentication failed');
    await expect(query(port, 'app', 'secret', 'SELECT 1', false)).rejects.toThrow('no encryption');
    await expect(query(port, 'rdsadmin', '', 'SELECT 1')).rejects.toThrow();
    expect(await asOperator(() => numberOfSql(target, 'SELECT count(*) FROM notes'))).toBe(1);
    await expect(asOperator(() => numberOfSql(target, "SELECT '{}'::json"))).rejects.toThrow('is not emulated');
    await expect(asOperator(() => runSql(target, ['SELEC 1']))).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: expect.stringContaining('SQLState: 42601'),
    });
  });

  it('has a log in which the statement of an error stands behind its user, and no other log', async () => {
    const { port } = await available();
    await expect(query(port, 'app', 'secret', 'SELECT 1 / 0')).rejects.toThrow('division by zero');
    const log = await asOperator(() => lastLogLines('orders', 20));
    expect(log).toMatch(/:app@app:\[(\d+)\]:ERROR: {2}division by zero\n.*:app@app:\[\1\]:STATEMENT: {2}SELECT 1 \/ 0/);
    const other = { DBInstanceIdentifier: 'orders-1', LogFileName: 'error/other.log' };
    await expect(operator.send(new DownloadDBLogFilePortionCommand(other))).rejects.toMatchObject({
      name: 'DBLogFileNotFoundFault',
    });
    await expect(asOperator(() => lastLogLines('unknown', 20))).rejects.toThrow('DBInstance unknown-1 not found.');
  });

  it('is not made twice or in a version that this machine lacks, and not removed while it is protected', async () => {
    const { securityGroup, key, subnetGroup, parameterGroup } = wanted;
    const input = {
      ...{ DBClusterIdentifier: 'orders', Engine: 'aurora-postgresql', EngineVersion: '18', DatabaseName: 'app' },
      ...{ MasterUsername: 'gantry_master', ManageMasterUserPassword: true, MasterUserSecretKmsKeyId: key },
      ...{ DBSubnetGroupName: subnetGroup, DBClusterParameterGroupName: parameterGroup, KmsKeyId: key },
      ...{ VpcSecurityGroupIds: [securityGroup], StorageEncrypted: true },
      ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 1 },
    };
    const create = (more: object) => operator.send(new CreateDBClusterCommand({ ...input, ...more }));
    await expect(create({})).rejects.toMatchObject({ name: 'DBClusterAlreadyExistsFault' });
    await expect(create({ DBClusterIdentifier: 'old', EngineVersion: '12' })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
      message: expect.stringContaining('Cannot find version 12 for aurora-postgresql'),
    });
    await expect(create({ DBClusterIdentifier: 'two--hyphens' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    const remove = new DeleteDBClusterCommand({ DBClusterIdentifier: 'orders', SkipFinalSnapshot: true });
    await expect(operator.send(remove)).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    const DBClusterIdentifier = 'nothing';
    for (const command of [
      new DescribeDBClustersCommand({ DBClusterIdentifier }),
      new ModifyDBClusterCommand({ DBClusterIdentifier }),
    ])
      await expect(operator.send(command as DescribeDBClustersCommand)).rejects.toMatchObject({
        name: 'DBClusterNotFoundFault',
      });
    await expect(
      operator.send(new RebootDBInstanceCommand({ DBInstanceIdentifier: 'orders-1' })),
    ).rejects.toMatchObject({ message: expect.stringContaining('RebootDBInstance') });
  });

  it('is restored from a backup, to a moment and in its present state, each as a separate server that changes nothing in the other', async () => {
    const source = await available();
    const add = (text: string) => query(source.port, 'app', 'secret', `INSERT INTO notes VALUES ('${text}')`);
    const texts = async (id: string) => {
      const { port } = await adopted(id);
      return (await query(port, 'app', 'secret', 'SELECT text FROM notes')).map(
        (row) => (row as { text: string }).text,
      );
    };
    await asOperator(() => createSnapshot('monday', 'orders', {}));
    await until('the backup is ready', async () => {
      const snapshot = await asOperator(() => describeSnapshot('monday'));
      return snapshot?.status === 'available' || undefined;
    });
    expect(await asOperator(() => describeSnapshot('monday'))).toEqual({ status: 'available', gigabytes: 1 });
    await add('after the backup');
    // A moment between two commits, on the one clock of this machine.
    const at = new Date(Date.now() + 2);
    await until('the moment has passed', () => Date.now() > at.getTime() + 2);
    await add('after the moment');
    const frame = (id: string): ClusterFrame => ({ ...wanted, id });
    await asOperator(() => restoreCluster(frame('of-backup'), { snapshot: 'monday' }));
    await asOperator(() => restoreCluster(frame('of-moment'), { cluster: 'orders', at }));
    await asOperator(() => restoreCluster(frame('clone'), { cluster: 'orders' }));
    expect(await texts('of-backup')).toEqual(['kept']);
    expect(await texts('of-moment')).toEqual(['kept', 'after the backup']);
    expect(await texts('clone')).toEqual(['kept', 'after the backup', 'after the moment']);
    const { port: clone } = await adopted('clone');
    await query(clone, 'app', 'secret', 'DELETE FROM notes');
    expect(await query(source.port, 'app', 'secret', 'SELECT count(*)::int FROM notes')).toEqual([{ count: 3 }]);
    // A restored cluster can itself be restored from.
    await asOperator(() => restoreCluster(frame('again'), { cluster: 'of-moment', at: new Date() }));
    expect(await texts('again')).toEqual(['kept', 'after the backup']);
    const refused = (source: ClusterSource) => asOperator(() => restoreCluster(frame('refused'), source));
    await expect(refused({ cluster: 'orders', at: new Date(0) })).rejects.toMatchObject({ kind: 'Invalid' });
    await expect(refused({ cluster: 'orders', at: new Date(Date.now() + 60_000) })).rejects.toMatchObject({
      kind: 'Invalid',
    });
    await asOperator(() => deleteSnapshot('monday'));
    await asOperator(() => deleteSnapshot('monday'));
    expect(await asOperator(() => describeSnapshot('monday'))).toBeUndefined();
    await expect(refused({ snapshot: 'monday' })).rejects.toMatchObject({
      kind: 'Conflict',
      message: 'DBClusterSnapshot monday not found.',
    });
    for (const id of ['of-backup', 'of-moment', 'clone', 'again']) await removed(id);
  }, 60_000);

  it('is not copied if the disk has no space for it, and RDS says so before it begins', async () => {
    const [id = ''] = readdirSync(join(at.kernel.dataDir, 'databases'));
    const huge = join(at.kernel.dataDir, 'databases', id, 'data/huge');
    writeFileSync(huge, '');
    // A hole: it has the size and takes no room.
    truncateSync(huge, 8 * 1024 ** 4);
    const refusal = { kind: 'QuotaExceeded', message: expect.stringMatching(/needs 8192.\d GB and the disk .* has/) };
    const frame = { ...wanted, id: 'too-large' };
    await expect(asOperator(() => restoreCluster(frame, { cluster: 'orders' }))).rejects.toMatchObject(refusal);
    await expect(asOperator(() => createSnapshot('too-large', 'orders', {}))).rejects.toMatchObject(refusal);
    expect(await asOperator(() => describeCluster('too-large'))).toBeUndefined();
    rmSync(huge);
  });

  it('keeps its rows over a start of the platform', async () => {
    // As after a kill of the platform: nobody has ended the server.
    await restarted.start?.();
    const { port } = await available();
    expect(await query(port, 'app', 'secret', 'SELECT count(*)::int FROM notes')).toEqual([{ count: 3 }]);
  });

  it('goes with its master secret after a last backup, and then its group', async () => {
    expect(await asOperator(() => removeGroup('orders', 'vpc-1'))).toBe(false);
    await removed('orders', 'last');
    expect(await asOperator(() => describeCluster('orders'))).toBeUndefined();
    expect(await asOperator(() => removeGroup('orders', 'vpc-1'))).toBe(true);
    expect(await asOperator(() => removeGroup('orders', 'vpc-1'))).toBe(true);
  });
});
