import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeDBClusterSnapshotsCommand, RDSClient, type Tag } from '@aws-sdk/client-rds';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@gantry/client/client.ts';
import { openExec } from '@gantry/client/exec.ts';
import { openLive } from '@gantry/client/live.ts';
import { DrillEntity } from '@gantry/core/records/databases.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { newService } from '../journeys/platform.ts';
import { deployPages, ended, reconcile, setVariable } from './actions.ts';
import type { Platform } from './platform.ts';
import type { Scenario } from './scenario.ts';

/** Users' work with databases. */
export const databaseScenarios: readonly Scenario[] = [
  {
    title:
      'a developer runs a command in a running service with a database, and types into it; then everything is deleted',
    functions: [
      ...['api/exec', 'exec/run', 'realtime/socket', 'schedule/reconcile', 'deploy/release-command'],
      ...['api/databases', 'database/start', 'database/begin', 'database/network', 'database/provision'],
      ...['database/available', 'database/credentials', 'database/ready', 'database/remove', 'database/forget'],
      ...['database/rotate', 'deploy/renew'],
      'delete/remove-databases',
    ],
    async run(platform) {
      const client = await platform.signIn();
      const target = await newService(client, platform.name('entered'));
      await setVariable(client, target, 'planted-secret');
      await giveDatabase(platform, client, target);
      const { deployment, goOn } = await deployPages(platform, client, target, { text: 'Here' });
      goOn();
      const { status, reason } = await ended(platform, client, target, deployment);
      assert.equal(status, 'live', reason?.detail);
      let said = '';
      const onOutput = (_stream: string, bytes: Uint8Array) => {
        said += Buffer.from(bytes).toString();
      };
      const request = { command: ['cat'] };
      const exec = await openExec({ connect: () => openLive(client), client, target, request, onOutput });
      await exec.write(Buffer.from('typed'));
      await exec.end();
      assert.deepEqual(await exec.result, { end: 'exited', exitCode: 0, detail: null });
      assert.equal(said, 'typed');
      exec.close();
      await rotated(platform, client, target);
      await reconcile(platform);
      await deleteProject(platform, client, target, 'entered');
    },
  },
  {
    title: 'a service tries its release command on a copy of its database before it goes live',
    functions: ['deploy/rehearse', 'database/restore'],
    async run(platform) {
      const client = await platform.signIn();
      const target = await newService(client, platform.name('careful'));
      await giveDatabase(platform, client, target);
      const { teamId, projectId, serviceId } = target;
      const body = { release: { rehearseSeconds: 30 } };
      await client('services.update', { params: { teamId, projectId, serviceId }, body });
      const { deployment, goOn } = await deployPages(platform, client, target, { text: 'Tried' });
      goOn();
      const { status, reason, steps } = await ended(platform, client, target, deployment);
      assert.equal(status, 'live', reason?.detail);
      assert.ok(steps.some(({ name }) => name === 'rehearse'));
      await deleteProject(platform, client, target, 'careful');
    },
  },
  {
    title: 'a database that this machine cannot make fails with the reason, and leaves nothing',
    functions: ['api/databases', 'database/provision', 'database/clean-up'],
    async run(platform) {
      const client = await platform.signIn();
      const { serviceId: _, ...params } = await newService(client, platform.name('old'));
      const body = { slug: 'postgres', engine: 'postgres', engineVersion: '17' } as const;
      const { id: databaseId } = await client('databases.create', { params, body });
      const failed = await platform.eventually('the failure', async () => {
        const database = await client('databases.get', { params: { ...params, databaseId } });
        return database.status === 'failed' ? database : undefined;
      });
      assert.match(failed.reason ?? '', /Cannot find version 17/);
      assert.equal(failed.endpoint, null);
    },
  },
  {
    title: 'a backup that cannot be written to the disk fails with the reason, and leaves no snapshot',
    functions: ['database/back-up', 'database/clean-up'],
    async run(platform) {
      const client = await platform.signIn();
      const { serviceId: _, ...params } = await newService(client, platform.name('unsaved'));
      const body = { slug: 'postgres', engine: 'postgres' } as const;
      const { id: databaseId } = await client('databases.create', { params, body });
      await ready(platform, client, { ...params, databaseId });
      const failed = await withoutBackupFolder(platform, async () => {
        const { id: backupId } = await client('backups.create', { params: { ...params, databaseId } });
        return platform.eventually('the failure', async () => {
          const backup = await client('backups.get', { params: { ...params, backupId } });
          return backup.status === 'failed' ? backup : undefined;
        });
      });
      assert.match(failed.reason ?? '', /could not make the backup/);
      const rds = new RDSClient(platform.operator);
      const { DBClusterSnapshots = [] } = await rds.send(new DescribeDBClusterSnapshotsCommand({}));
      rds.destroy();
      const isIts = ({ Key, Value }: Tag) => Key === 'gantry:database' && Value === databaseId;
      assert.deepEqual(
        DBClusterSnapshots.filter(({ TagList = [] }) => TagList.some(isIts)),
        [],
      );
      await deleteProject(platform, client, params, 'unsaved');
    },
  },
  {
    title:
      'a developer changes a database, backs it up, and makes others from the backup and from the database; an admin deletes the backup',
    functions: [
      ...['api/databases', 'database/change', 'database/back-up', 'database/restore', 'database/adopt'],
      ...['database/erase-backup', 'database/inspect', 'schedule/reconcile'],
    ],
    async run(platform) {
      const client = await platform.signIn();
      const { serviceId: _, ...params } = await newService(client, platform.name('copied'));
      const { id: databaseId } = await client('databases.create', {
        params,
        body: { slug: 'postgres', engine: 'postgres' },
      });
      await ready(platform, client, { ...params, databaseId });
      const change = { size: 'small', backupDays: 3, drillDays: 1 } as const;
      await client('databases.update', { params: { ...params, databaseId }, body: change });
      await platform.eventually('the change', async () => {
        const { size, step } = await client('databases.get', { params: { ...params, databaseId } });
        return (size === 'small' && step === null) || undefined;
      });
      await makeDrillDue(platform, databaseId);
      await reconcile(platform);
      await platform.eventually('the result of the drill', async () => {
        const { drill } = await client('databases.get', { params: { ...params, databaseId } });
        return drill?.tables === 0 || undefined;
      });
      const { id: backupId } = await client('backups.create', { params: { ...params, databaseId } });
      await platform.eventually('the backup', async () => {
        const { status } = await client('backups.get', { params: { ...params, backupId } });
        return status === 'ready' || undefined;
      });
      const sources = { restored: { kind: 'backup', backupId }, clone: { kind: 'clone', databaseId } } as const;
      for (const [slug, from] of Object.entries(sources)) {
        const { id } = await client('databases.restore', { params, body: { slug, from } });
        await ready(platform, client, { ...params, databaseId: id });
      }
      await client('backups.delete', { params: { ...params, backupId } });
      await platform.eventually('the end of the backup', async () => {
        const { items } = await client('backups.list', { params });
        return items.length === 0 || undefined;
      });
      await deleteProject(platform, client, params, 'copied');
    },
  },
];

/** Deletes the project of a scenario, and waits for its end. */
async function deleteProject(
  platform: Platform,
  client: Client,
  { teamId, projectId }: Pick<Target, 'teamId' | 'projectId'>,
  word: string,
): Promise<void> {
  await client('projects.delete', { params: { teamId, projectId }, query: { confirm: platform.name(word) } });
  await platform.eventually('the end of the project', async () => {
    const { items } = await client('projects.list', { params: { teamId }, query: { limit: '100' } });
    return items.every(({ id }) => id !== projectId) || undefined;
  });
}

/** Does the work while a link that leads nowhere is in the place of the folder of backups. */
async function withoutBackupFolder<T>({ folder }: Platform, work: () => Promise<T>): Promise<T> {
  const backups = join(folder, 'database-backups');
  const aside = join(folder, 'aside');
  mkdirSync(backups, { recursive: true });
  renameSync(backups, aside);
  symlinkSync(join(folder, 'nowhere', 'at-all'), backups);
  try {
    return await work();
  } finally {
    unlinkSync(backups);
    renameSync(aside, backups);
  }
}

/** Lets the planned drill of a database be due since a minute ago. */
async function makeDrillDue({ operator, output }: Platform, databaseId: string): Promise<void> {
  const dynamodb = new DynamoDBClient(operator);
  const { Key } = DrillEntity.get({ databaseId }).params<{ Key: Record<string, string> }>();
  await DynamoDBDocumentClient.from(dynamodb).send(
    new UpdateCommand({
      ...{ TableName: output('data', 'TableName'), Key, UpdateExpression: 'SET dueAt = :due' },
      ExpressionAttributeValues: { ':due': new Date(Date.now() - 60_000).toISOString() },
    }),
  );
  dynamodb.destroy();
}

/** Rotates the password of the service's database, and awaits the deployment that brings it. */
async function rotated(platform: Platform, client: Client, target: Target): Promise<void> {
  const { serviceId: _, ...params } = target;
  const { items } = await client('databases.list', { params });
  await client('databases.rotate', { params: { ...params, databaseId: items[0]?.id ?? '' } });
  await platform.eventually('the deployment with another password', async () => {
    const { items: deployments } = await client('deployments.list', { params: target });
    return (
      (deployments.length === 2 && deployments.every(({ status }) => status === 'live' || status === 'removed')) ||
      undefined
    );
  });
}

type Place = Omit<Target, 'serviceId'> & { readonly databaseId: string };

async function ready(platform: Platform, client: Client, params: Place): Promise<void> {
  await platform.eventually('the database', async () => {
    const { status, reason } = await client('databases.get', { params });
    assert.equal(reason, null);
    return status === 'ready' || undefined;
  });
}

/**
 * Gives a service the address of a database, and a release command that has the address too. The owner connects once.
 */
async function giveDatabase(platform: Platform, client: Client, target: Target): Promise<void> {
  const { teamId, projectId, serviceId, environmentId } = target;
  const params = { teamId, projectId, environmentId };
  const created = await client('databases.create', { params, body: { slug: 'postgres', engine: 'postgres' } });
  const database = { ...params, databaseId: created.id };
  await ready(platform, client, database);
  const session = await client('databases.connect', { params: database });
  assert.match(session.user, /^gantry_/);
  const release = { command: 'echo migrated' };
  await client('services.update', { params: { teamId, projectId, serviceId }, body: { release } });
  const set = { DATABASE_URL: { value: `\${{postgres.DATABASE_URL}}` } };
  await client('variables.set', { params: { teamId, projectId }, query: { serviceId, environmentId }, body: { set } });
}
