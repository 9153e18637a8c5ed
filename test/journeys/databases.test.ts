import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Client as Api } from '@gantry/client/client.ts';
import type { Database, DatabaseSession } from '@gantry/contract/schemas/databases.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import type { FaultPlan } from '@gantry/local/kernel/faults.ts';
import { database as machine } from '@gantry/statemachines/database.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { Client } from 'pg';
import { killed, plan } from '../faults/bed.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { filesBelow, placesWith } from './planted.ts';
import { freePort, newDataDir, newService, type Platform, removeData, startPlatform, visit } from './platform.ts';

const fixture = join(import.meta.dirname, '../fixtures/apps/node-plain');

/** Keeps what it is told in its database, and answers all of it. The driver is part of the file: nothing is installed. */
const NOTES = `
import { createServer } from 'node:http';
import { Client } from 'pg';
const connectionString = process.env.DATABASE_URL + '&uselibpqcompat=true';
async function query(text, values) {
  const client = new Client({ connectionString });
  await client.connect();
  try { return (await client.query(text, values)).rows; } finally { await client.end(); }
}
await query('CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, text text NOT NULL)');
createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  try {
    if (pathname === '/add') await query('INSERT INTO notes (text) VALUES ($1)', [searchParams.get('text')]);
    response.end(JSON.stringify((await query('SELECT text FROM notes ORDER BY id')).map(({ text }) => text)));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));
`;

/** What Step Functions may do: it delivers a step at least once. */
const EVERY_STEP_TWICE: FaultPlan = {
  functions: Object.entries(machine.states).flatMap(([step, { type }]) =>
    type === 'step' ? [{ function: `databases-${step}`, mode: 'repeat' as const }] : [],
  ),
};

function notesApp(): Promise<Buffer> {
  const { outputFiles } = buildSync({
    stdin: { contents: NOTES, resolveDir: join(import.meta.dirname, '../..'), loader: 'js' },
    ...{ bundle: true, write: false, platform: 'node', format: 'esm', external: ['pg-native', 'pg-cloudflare'] },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const manifest = {
    name: 'notes',
    version: '1.0.0',
    private: true,
    type: 'module',
    scripts: { start: 'node server.js' },
  };
  return archiveOf(fixture, { 'package.json': JSON.stringify(manifest), 'server.js': outputFiles[0]?.text ?? '' });
}

describe('a database', () => {
  let platform: Platform;
  let api: Api;
  let port: number;
  let target: Target;
  let staging: string;
  let url: string;
  const made: Record<string, Database> = {};
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

  it('reaches an app by reference alone: the app writes and serves a row, and the password stands in no file', async () => {
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
    const { aws: endpoint, region, credentials } = platform.endpoints;
    const SecretId = `gantry-local/databases/${made[target.environmentId]?.id}`;
    const ofApp = await new SecretsManagerClient({ endpoint, region, credentials }).send(
      new GetSecretValueCommand({ SecretId }),
    );
    const secrets = [production.password, other.password, ofApp.SecretString ?? ''];
    expect(ofApp.SecretString).toHaveLength(48);
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
    await until('fifty rows', () => acknowledged.length > 50);
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
    const kept = `gantry-local-${made[target.environmentId]?.id.toLowerCase().replace('_', '-')}`;
    expect(DBClusters.map(({ DBClusterIdentifier }) => DBClusterIdentifier)).toEqual([kept]);
    const ec2 = new EC2Client({ endpoint, region, credentials });
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    expect(SecurityGroups.map(({ GroupName }) => GroupName)).toEqual([kept]);
    expect(readdirSync(join(dataDir, 'databases'))).toHaveLength(1);
    const backups = [id, made.orders?.id ?? ''].map(
      (each) => `gantry-local-${each.toLowerCase().replace('_', '-')}-final`,
    );
    expect(readdirSync(join(dataDir, 'database-backups')).sort()).toEqual(backups.sort());
    for (const backup of backups)
      expect(existsSync(join(dataDir, 'database-backups', backup, 'data', 'PG_VERSION'))).toBe(true);
    const { items } = await api('audit.list', { params: { teamId: target.teamId }, query: { target: id } });
    expect(items.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['database.created', 'database.ready', 'database.deletion-requested', 'database.deleted']),
    );
  }, 120_000);
});
