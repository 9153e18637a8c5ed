import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Client } from '@gantry/client/client.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { DrillEntity } from '@gantry/core/records/databases.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run, signIn } from '../cli/in-process.ts';
import { openOperator, reconcile } from '../faults/state.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { developer } from './developer.ts';
import { notesApp, serviceWithDatabase, statement } from './notes-app.ts';
import { newDataDir, type Platform, removeData, startPlatform, visit } from './platform.ts';

describe('a release and its data', () => {
  let platform: Platform;
  let api: Client;
  let target: Target;
  let databases: () => Promise<readonly Database[]>;
  let archive: Buffer;
  let databaseId: string;
  let url: string;
  const dataDir = newDataDir();
  const folder = mkdtempSync(join(tmpdir(), 'gantry-rollback-'));

  beforeAll(async () => {
    platform = await startPlatform({ dataDir });
    api = await platform.client();
    archive = await notesApp();
    ({ target, databaseId, databases } = await serviceWithDatabase(api, 'ledger'));
  }, 120_000);

  afterAll(async () => {
    await platform?.stop();
    removeData(dataDir);
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const deploy = async (migration: string): Promise<Deployment> => {
    await developer(api).configure(target, { release: { command: statement(migration) } });
    const { id } = await upload(api, target, archive);
    return follow(api, target, id, undefined, patience(120_000));
  };
  /** Lets the drill of the database be due since a minute ago, and the reconciler look. */
  const makeDue = async () => {
    const operator = openOperator(platform);
    const dueAt = new Date(Date.now() - 60_000).toISOString();
    const { Key } = DrillEntity.get({ databaseId }).params<{ Key: Record<string, string> }>();
    await operator.documents.send(
      new UpdateCommand({
        ...{ TableName: operator.outputs['gantry-local-data']?.TableName, Key },
        ...{ UpdateExpression: 'SET dueAt = :due', ExpressionAttributeValues: { ':due': dueAt } },
      }),
    );
    await reconcile(operator);
    operator.close();
  };
  const notes = async (path = '/') => JSON.parse((await visit(url, path)).body) as unknown;

  it('is restored for a drill, by hand and once one is due; the result stands in the database, and no copy or backup is left', async () => {
    const { teamId, projectId, environmentId } = target;
    const params = { teamId, projectId, environmentId, databaseId };
    const drilled = async (before?: string) =>
      until(
        'the end of the drill',
        async () => {
          const items = await databases();
          const drill = items.find(({ id }) => id === databaseId)?.drill;
          return drill && drill.at !== before && items.length === 1 ? drill : undefined;
        },
        60_000,
      );
    const copy = await api('databases.drill', { params });
    expect(copy).toMatchObject({ drillOf: databaseId, origin: { kind: 'moment' }, status: 'creating' });
    const first = await drilled();
    expect(first).toMatchObject({ tables: 0, reason: null });
    await api('databases.update', { params, body: { drillDays: 7 } });
    await until('the change', async () => (await api('databases.get', { params })).drillDays === 7);
    await makeDue();
    expect(await drilled(first.at)).toMatchObject({ tables: 0, reason: null });
    expect((await api('backups.list', { params: { teamId, projectId, environmentId } })).items).toEqual([]);
  }, 300_000);

  it('keeps the rows of then after a migration that destroyed them, once the rollback with data is confirmed', async () => {
    const first = await deploy('SELECT 1');
    expect(first).toMatchObject({ status: 'live', reason: null });
    url = first.url ?? '';
    await notes('/add?text=one');
    expect(await notes('/add?text=two')).toEqual(['one', 'two']);
    const second = await deploy('DELETE FROM notes');
    expect(second).toMatchObject({ status: 'live', dataAt: expect.any(String) });
    expect(await notes('/add?text=after')).toEqual(['after']);

    const { secret } = await api('tokens.create', {
      params: { teamId: target.teamId },
      body: { name: 'rollback', scope: 'all' },
    });
    signIn(folder, { url: platform.endpoints.api }, secret, target);
    const unconfirmed = await run(['rollback', '--with-data'], folder);
    expect([unconfirmed.code, unconfirmed.stderr]).toEqual([2, expect.stringContaining('add --yes postgres')]);
    expect(await notes()).toEqual(['after']);
    const rolledBack = await run(['rollback', '--with-data', '--yes', 'postgres'], folder);
    expect(rolledBack.stderr).toMatch(/✓ finish/);
    expect(await notes()).toEqual(['one', 'two']);
  }, 300_000);

  it('gives the name to the restored database, keeps the one of before until somebody deletes it, and undoes itself', async () => {
    const [before, after] = await databases();
    expect(before).toMatchObject({ id: databaseId, slug: expect.stringMatching(/^postgres-\d{10}$/), status: 'ready' });
    expect(after).toMatchObject({ slug: 'postgres', origin: { kind: 'moment', databaseId } });
    expect(await databases()).toHaveLength(2);
    await developer(api).configure(target, { release: { command: null } });
    const redeployed = await api('deployments.redeploy', { params: target });
    await follow(api, target, redeployed.id, undefined, patience(120_000));
    expect(await notes('/add?text=three')).toEqual(['one', 'two', 'three']);
    const { teamId, projectId, environmentId } = target;
    const params = { teamId, projectId, environmentId, databaseId };
    const { usedBy } = await api('databases.get', { params });
    expect(usedBy).toEqual([]);
    const query = { confirm: before?.slug ?? '' };
    expect(await api('databases.delete', { params, query })).toMatchObject({ status: 'deleting' });
  }, 200_000);

  it('is not rolled back with a database of other data, or if no release came after it; no service and database share a name', async () => {
    const rollBack = (data: { databaseId: string; replacement: string }[]) =>
      api('deployments.rollback', { params: target, body: { data } });
    const [other] = (await databases()).filter(({ slug }) => slug === 'postgres');
    const id = other?.id ?? '';
    await expect(rollBack([{ databaseId: id, replacement: id }])).rejects.toMatchObject({
      kind: 'Conflict',
      message: 'Database postgres was not restored from postgres.',
    });
    const { teamId, projectId, environmentId } = target;
    await expect(
      api('services.create', { params: { teamId, projectId }, body: { slug: 'postgres' } }),
    ).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('A database here is called postgres'),
    });
    await expect(
      api('databases.create', {
        params: { teamId, projectId, environmentId },
        body: { slug: 'web', engine: 'postgres' },
      }),
    ).rejects.toMatchObject({ kind: 'Conflict', message: expect.stringContaining('A service here is called web') });
    const { items } = await api('deployments.list', { params: target });
    const live = items.find(({ status }) => status === 'live')?.id ?? '';
    expect(await api('deployments.restorePoint', { params: target, query: { deploymentId: live } })).toMatchObject({
      ...{ at: null, databases: [] },
      reason: expect.stringContaining('nothing to undo'),
    });
  });
});
