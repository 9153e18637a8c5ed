import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeDBClusterSnapshotsCommand, DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Client as Api } from '@gantry/client/client.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { DatabaseRestore } from '@gantry/contract/schemas/backups.ts';
import type { Database, DatabaseSession } from '@gantry/contract/schemas/databases.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import type { FaultPlan } from '@gantry/local/kernel/faults.ts';
import { database as machine } from '@gantry/statemachines/database.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { killed, plan } from '../faults/bed.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { notesApp } from './notes-app.ts';
import { filesBelow, placesWith } from './planted.ts';
import { freePort, newDataDir, newService, type Platform, removeData, startPlatform, visit } from './platform.ts';

/** What Step Functions may do: it delivers a step at least once. */
const EVERY_STEP_TWICE: FaultPlan = {
  functions: Object.entries(machine.states).flatMap(([step, { type }]) =>
    type === 'step' ? [{ function: `databases-${step}`, mode: 'repeat' as const }] : [],
  ),
};

describe('a database', () => {
  let platform: Platform;
  let api: Api;
  let port: number;
  let target: Target;
  let staging: string;
  let url: string;
  const made: Record<string, Database> = {};
  const copies: Record<string, Database> = {};
  const dataDir = newDataDir();

  beforeAll(async () => {
    port = await freePort();
    platform = await startPlatform({ dataDir, port });
    api = await platform.client();
    target = await newService(api, 'notes', { timeoutSeconds: 60 });
    const { teamId, projectId } = target;
    const environment = await api('environments.create', { params: { teamId, projectId }, body: { slug: 'staging' } });
    staging = environment.id;
  }, 90_000);

  afterAll(async () => {
    await platform?.stop();
    removeData(dataDir);
  }, 30_000);

  const placeOf = (environmentId: string) => ({ teamId: target.teamId, projectId: target.projectId, environmentId });
  const ready = (environmentId: string, databaseId: string) =>
    until(
      'the database is ready',
      async () => {
        const database = await api('databases.get', { params: { ...placeOf(environmentId), databaseId } });
        if (database.status === 'failed') throw new Error(database.reason ?? 'failed');
        return database.status === 'ready' ? database : undefined;
      },
      60_000,
    );
  const sessionOf = (environmentId: string) =>
    api('databases.connect', { params: { ...placeOf(environmentId), databaseId: made[environmentId]?.id ?? '' } });
  const open = async ({ host, port, database, user, password }: DatabaseSession) => {
    const client = new Client({ host, port, database, user, password, ssl: { rejectUnauthorized: false } });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const passwordOf = async (databaseId: string, name = '') => {
    const { aws: endpoint, region, credentials } = platform.endpoints;
    const command = new GetSecretValueCommand({ SecretId: `gantry-local/databases/${databaseId}${name}` });
    const { SecretString } = await new SecretsManagerClient({ endpoint, region, credentials }).send(command);
    return SecretString ?? '';
  };
  const rds = (command: DescribeDBClusterSnapshotsCommand) => {
    const { aws: endpoint, region, credentials } = platform.endpoints;
    return new RDSClient({ endpoint, region, credentials }).send(command);
  };
  const answered = async (path: string) => JSON.parse((await visit(url, path)).body) as unknown;

  it('is made in two environments under one name, each a server of its own, also where every step runs twice', async () => {
    await plan({ platform }, EVERY_STEP_TWICE);
    for (const environmentId of [target.environmentId, staging]) {
      const body = { slug: 'postgres', engine: 'postgres' } as const;
      const created = await api('databases.create', { params: placeOf(environmentId), body });
      expect(created).toMatchObject({ status: 'creating', engineVersion: '18', size: 'micro', endpoint: null });
      made[environmentId] = await ready(environmentId, created.id);
    }
    const [production, other] = [made[target.environmentId], made[staging]];
    expect(production?.endpoint).toMatchObject({ database: 'app', user: 'app_a' });
    expect(production?.endpoint?.port).not.toBe(other?.endpoint?.port);
  }, 200_000);

  it('reaches an app only by reference: the app writes and serves a row, and no file holds the password', async () => {
    const { teamId, projectId, environmentId, serviceId } = target;
    const body = { set: { DATABASE_URL: { value: `\${{postgres.DATABASE_URL}}` } } };
    const query = { environmentId, serviceId };
    await api('variables.set', { params: { teamId, projectId }, query, body });
    expect(await api('variables.resolve', { params: target })).toMatchObject({ omitted: ['DATABASE_URL'] });
    const queued = await upload(api, target, await notesApp());
    const deployed = await follow(api, target, queued.id, undefined, patience(120_000));
    expect(deployed).toMatchObject({ status: 'live', reason: null });
    url = deployed.url ?? '';
    expect(await answered('/add?text=first')).toEqual(['first']);
    const { usedBy } = await ready(environmentId, made[environmentId]?.id ?? '');
    expect(usedBy).toEqual([{ serviceId, names: ['DATABASE_URL'] }]);
  }, 240_000);

  it('is restored from a backup, to a moment between two writes, and in its present state; each copy is a separate database', async () => {
    const { environmentId } = target;
    const params = placeOf(environmentId);
    const databaseId = made[environmentId]?.id ?? '';
    const textsOf = async (id: string) => {
      const client = await open(await api('databases.connect', { params: { ...params, databaseId: id } }));
      const { rows } = await client.query<{ text: string }>('SELECT text FROM notes ORDER BY id');
      await client.end();
      return rows.map(({ text }) => text);
    };
    const restored = async (slug: string, from: DatabaseRestore['from']) => {
      const { id } = await api('databases.restore', { params, body: { slug, from } });
      copies[slug] = await ready(environmentId, id);
      return id;
    };
    const asked = await api('backups.create', { params: { ...params, databaseId } });
    expect(asked).toMatchObject({ kind: 'manual', status: 'creating', slug: 'postgres', gigabytes: null });
    const backup = await until('the backup is ready', async () => {
      const found = await api('backups.get', { params: { ...params, backupId: asked.id } });
      return found.status === 'creating' ? undefined : found;
    });
    expect(backup).toMatchObject({ status: 'ready', gigabytes: 1 });
    expect(await answered('/add?text=second')).toEqual(['first', 'second']);
    const at = new Date(Date.now() + 2).toISOString();
    await until('the moment has passed', () => Date.now() > Date.parse(at) + 2);
    expect(await answered('/add?text=third')).toEqual(['first', 'second', 'third']);
    const { restorable } = await ready(environmentId, databaseId);
    expect(Date.now() - Date.parse(restorable?.latest ?? '')).toBeLessThan(120_000);

    await restored('of-moment', { kind: 'moment', databaseId, at });
    const clone = await restored('clone', { kind: 'clone', databaseId });
    const own = await open(await sessionOf(environmentId));
    await own.query('DROP TABLE notes');
    const ofBackup = await restored('of-backup', { kind: 'backup', backupId: asked.id });
    expect(await textsOf(ofBackup)).toEqual(['first']);
    expect(await textsOf(copies['of-moment']?.id ?? '')).toEqual(['first', 'second']);
    expect(await textsOf(clone)).toEqual(['first', 'second', 'third']);
    expect(copies.clone?.origin).toEqual({ kind: 'clone', databaseId, backupId: null, at: null });
    // A person with access to the source has no access to the copy.
    const session = await sessionOf(environmentId);
    const { host, port: ofClone } = copies.clone?.endpoint ?? { host: '', port: 0 };
    await expect(open({ ...session, host, port: ofClone })).rejects.toThrow('authentication failed');
    expect(await passwordOf(clone)).not.toBe(await passwordOf(databaseId));

    const inClone = await open(await api('databases.connect', { params: { ...params, databaseId: clone } }));
    await inClone.query("INSERT INTO notes (text) VALUES ('of the clone')");
    await inClone.end();
    await own.query('CREATE TABLE notes (id serial PRIMARY KEY, text text NOT NULL)');
    await own.query("INSERT INTO notes (text) VALUES ('first')");
    await own.end();
    expect(await answered('/')).toEqual(['first']);
  }, 240_000);

  it('cannot be restored from a deleted backup or to a moment without data, and says why', async () => {
    const { environmentId } = target;
    const params = placeOf(environmentId);
    const databaseId = made[environmentId]?.id ?? '';
    const restore = (from: DatabaseRestore['from'], slug = 'never') =>
      api('databases.restore', { params, body: { slug, from } });
    const { items } = await api('backups.list', { params });
    const [{ id: backupId = '' } = {}] = items;
    await api('backups.delete', { params: { ...params, backupId } });
    await until('the backup is gone', async () => (await api('backups.list', { params })).items.length === 0);
    expect(await rds(new DescribeDBClusterSnapshotsCommand({}))).toMatchObject({ DBClusterSnapshots: [] });
    await expect(restore({ kind: 'backup', backupId })).rejects.toMatchObject({
      kind: 'NotFound',
      message: 'There is no such backup here.',
    });
    await expect(restore({ kind: 'moment', databaseId, at: new Date(0).toISOString() })).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('must be from'),
    });
    await expect(restore({ kind: 'clone', databaseId }, 'clone')).rejects.toMatchObject({ kind: 'Conflict' });
  });

  it('gives apps another user under fifty queries a second, none of which fails, and redeploys the services that use it', async () => {
    const { environmentId } = target;
    const params = { ...placeOf(environmentId), databaseId: made[environmentId]?.id ?? '' };
    const { endpoint } = await api('databases.get', { params });
    const { host = '', port = 0, database = '' } = endpoint ?? {};
    const login = async (user: string, name: string) => ({
      ...{ host, port, database, user, password: await passwordOf(params.databaseId, name) },
      ...{ engine: 'postgres' as const, expiresAt: '' },
    });
    const before = await login('app_a', '');
    const counted = { queries: 0, failed: 0, broken: 0 };
    let client = await open(before);
    let going = true;
    const again = async () => {
      counted.broken += 1;
      client = await open(before);
      await client.query('SELECT 1');
    };
    const ask = () =>
      client
        .query('SELECT 1')
        .then(() => undefined, again)
        .catch(() => {
          counted.failed += 1;
        });
    const asking = (async () => {
      const asked: Promise<void>[] = [];
      for (; going; await sleep(20)) asked.push(ask());
      counted.queries = asked.length;
      await Promise.all(asked);
    })();
    const visits: number[] = [];
    const visiting = (async () => {
      for (; going; await sleep(200)) visits.push((await visit(url, '/').catch(() => ({ status: 0 }))).status);
    })();
    expect((await visit(url, '/user')).body).toBe('app_a');
    expect(await api('databases.rotate', { params })).toMatchObject({ status: 'ready', step: 'rotate' });
    await expect(api('databases.rotate', { params })).rejects.toMatchObject({ kind: 'Conflict' });
    await until('the app has the other user', async () => (await visit(url, '/user')).body === 'app_b', 60_000);
    going = false;
    await Promise.all([asking, visiting]);
    await client.end();
    process.stdout.write(`rotation: ${counted.queries} queries, ${counted.broken} broken connections\n`);
    expect(counted.failed).toBe(0);
    expect(new Set(visits)).toEqual(new Set([200]));
    expect((await api('databases.get', { params })).endpoint?.user).toBe('app_b');
    const after = await login('app_b', '/app_b');
    expect(after.password).not.toBe(before.password);
    expect(placesWith([before.password, after.password], filesBelow(dataDir))).toEqual([]);
    // The next rotation shuts out who knows the password of before.
    await api('databases.rotate', { params });
    await until('the app has the first user again', async () => (await visit(url, '/user')).body === 'app_a', 60_000);
    await expect(open(before)).rejects.toThrow('authentication failed');
  }, 240_000);

  it('is not deleted while a variable refers to it', async () => {
    const { environmentId } = target;
    const params = { ...placeOf(environmentId), databaseId: made[environmentId]?.id ?? '' };
    await expect(api('databases.delete', { params, query: { confirm: 'postgres' } })).rejects.toMatchObject({
      kind: 'Conflict',
      message: 'Variables refer to database postgres: DATABASE_URL. Remove them first, and deploy.',
    });
    await expect(api('databases.delete', { params, query: { confirm: 'other' } })).rejects.toMatchObject({
      kind: 'Conflict',
    });
  });

  it('lets nobody in with the credentials of another, with another password, or without TLS', async () => {
    const [production, other] = [await sessionOf(target.environmentId), await sessionOf(staging)];
    const ofApp = await passwordOf(made[target.environmentId]?.id ?? '');
    const secrets = [production.password, other.password, ofApp];
    expect(ofApp).toHaveLength(48);
    for (const login of [
      { ...production, port: other.port },
      { ...other, port: production.port },
      { ...production, password: 'guess' },
      { ...production, user: 'app_a' },
      { ...production, user: 'gantry_master' },
      { ...production, user: 'app' },
    ])
      await expect(open(login)).rejects.toThrow(/authentication failed|not permitted|no password/);
    const { host, port, database, user, password } = production;
    const plain = new Client({ host, port, database, user, password, ssl: false });
    await expect(plain.connect()).rejects.toThrow('no encryption');
    const client = await open(production);
    expect((await client.query('SELECT text FROM notes')).rows).toEqual([{ text: 'first' }]);
    await expect(client.query("COPY notes FROM PROGRAM 'id'")).rejects.toThrow('permission denied');
    await expect(client.query("SELECT pg_read_file('/etc/passwd')")).rejects.toThrow('permission denied');
    await client.end();
    expect(placesWith(secrets, filesBelow(dataDir))).toEqual([]);
  }, 60_000);

  it('keeps every acknowledged row when the platform dies while it makes another, and both are ready after the next start', async () => {
    const client = await open(await sessionOf(target.environmentId));
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let row = 0; row < 5_000; row += 1) {
        await client.query('INSERT INTO notes (text) VALUES ($1)', [`row ${row}`]);
        acknowledged.push(`row ${row}`);
      }
    })().catch(() => undefined);
    await until('the app has written fifty rows', () => acknowledged.length > 50);
    await plan({ platform }, { kill: { after: 3, named: '-databases-Credentials' } });
    const body = { slug: 'orders', engine: 'postgres' } as const;
    const orders = await api('databases.create', { params: placeOf(staging), body });
    const writes = await killed({ platform, client: api }, 60_000);
    expect(writes?.at(-1)).toContain('-databases-Credentials');
    await client.end().catch(() => undefined);
    await writing;
    platform = await startPlatform({ dataDir, port });
    api = await platform.client();
    const rows = await until('the app serves', async () => {
      const { status, body } = await visit(url).catch(() => ({ status: 0, body: '' }));
      return status === 200 ? (JSON.parse(body) as string[]) : undefined;
    });
    expect(rows).toEqual(expect.arrayContaining(['first', ...acknowledged]));
    made.orders = await ready(staging, orders.id);
  }, 180_000);

  it('goes with its environment after a last backup, and leaves no server, secret or security group', async () => {
    const { id = '' } = made[staging] ?? {};
    const params = placeOf(staging);
    await plan({ platform }, EVERY_STEP_TWICE);
    await api('environments.delete', { params, query: {} });
    await until(
      'the environment is gone',
      async () => {
        const { items } = await api('environments.list', { params });
        return !items.some((environment) => environment.id === staging);
      },
      60_000,
    );
    const { aws: endpoint, region, credentials } = platform.endpoints;
    const { DBClusters = [] } = await new RDSClient({ endpoint, region, credentials }).send(
      new DescribeDBClustersCommand({}),
    );
    const inProduction = [made[target.environmentId], ...Object.values(copies)];
    const kept = inProduction.map((database) => `gantry-local-${toKubernetesName(database?.id ?? '')}`).sort();
    expect(DBClusters.map(({ DBClusterIdentifier }) => DBClusterIdentifier).sort()).toEqual(kept);
    const ec2 = new EC2Client({ endpoint, region, credentials });
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    expect(SecurityGroups.map(({ GroupName }) => GroupName).sort()).toEqual(kept);
    expect(readdirSync(join(dataDir, 'databases'))).toHaveLength(kept.length);
    const backups = [id, made.orders?.id ?? ''].map((each) => `gantry-local-${toKubernetesName(each)}-final`);
    expect(readdirSync(join(dataDir, 'database-backups')).sort()).toEqual(backups.sort());
    for (const backup of backups)
      expect(existsSync(join(dataDir, 'database-backups', backup, 'data', 'PG_VERSION'))).toBe(true);
    const { items } = await api('audit.list', { params: { teamId: target.teamId }, query: { target: id } });
    expect(items.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['database.created', 'database.ready', 'database.deletion-requested', 'database.deleted']),
    );
  }, 120_000);
});
