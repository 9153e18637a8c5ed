import type { Client } from '@gantry/client/client.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { developer } from './developer.ts';
import { notesApp, serviceWithDatabase, statement } from './notes-app.ts';
import { newDataDir, type Platform, removeData, startPlatform, visit } from './platform.ts';

describe('a rehearsal of a release command', () => {
  let platform: Platform;
  let api: Client;
  let target: Target;
  let databases: () => Promise<readonly Database[]>;
  let archive: Buffer;
  let url: string;
  const dataDir = newDataDir();

  beforeAll(async () => {
    platform = await startPlatform({ dataDir });
    api = await platform.client();
    archive = await notesApp();
    ({ target, databases } = await serviceWithDatabase(api, 'careful'));
  }, 120_000);

  afterAll(async () => {
    await platform?.stop();
    removeData(dataDir);
  }, 30_000);

  const queue = async (command: string, rehearseSeconds = 3): Promise<Deployment> => {
    await developer(api).configure(target, { release: { command, rehearseSeconds } });
    return upload(api, target, archive);
  };
  const deploy = async (command: string): Promise<Deployment> => {
    const { id } = await queue(command);
    return follow(api, target, id, undefined, patience(180_000));
  };
  const notes = async (path = '/') => JSON.parse((await visit(url, path)).body) as unknown;
  const onlyOriginal = () =>
    until('the copies are gone', async () => (await databases()).every(({ slug }) => slug === 'postgres'), 60_000);

  it('runs the command on a copy first, then on the database, and leaves no copy', async () => {
    const first = await deploy(statement('SELECT 1'));
    expect(first).toMatchObject({ status: 'live', reason: null });
    const names = first.steps.map(({ name }) => name);
    expect(names.indexOf('rehearse')).toBeLessThan(names.indexOf('release-command'));
    url = first.url ?? '';
    await notes('/add?text=one');
    expect(await notes('/add?text=two')).toEqual(['one', 'two']);
    await onlyOriginal();
  }, 300_000);

  it('catches a command that destroys rows and then fails: the database keeps them', async () => {
    const failed = await deploy(`${statement('DELETE FROM notes')} && ${statement('SELECT missing FROM notes')}`);
    expect(failed.status).toBe('failed');
    expect(failed.reason).toMatchObject({ kind: 'ReleaseFailed', step: 'rehearse' });
    expect(failed.reason?.detail).toContain('column "missing" does not exist');
    expect(failed.reason?.detail).toContain('The statement was: SELECT missing FROM notes');
    expect(failed.steps.map(({ name }) => name)).not.toContain('release-command');
    expect(await notes()).toEqual(['one', 'two']);
    await onlyOriginal();
  }, 300_000);

  it('catches a statement that takes longer than the limit, and a transaction that keeps its locks for longer', async () => {
    const slow = await deploy(statement('DELETE FROM notes WHERE pg_sleep(20) IS NOT NULL'));
    expect(slow.reason?.detail).toContain('took longer than 3 s for one statement or transaction');
    expect(slow.reason?.detail).toContain('The statement was: DELETE FROM notes WHERE pg_sleep(20) IS NOT NULL');
    const steps = ['LOCK TABLE notes', ...Array.from({ length: 8 }, () => 'SELECT pg_sleep(1)')].join('; ');
    const held = await deploy(statement(`BEGIN; ${steps}; COMMIT`));
    expect(held.reason?.detail).toContain('took longer than 3 s for one statement or transaction');
    expect(await notes()).toEqual(['one', 'two']);
    await onlyOriginal();
  }, 500_000);

  it('ends with a cancelled deployment: its copies go', async () => {
    const { id: deploymentId } = await queue(statement('SELECT pg_sleep(500)'), 600);
    await until(
      'a copy',
      async () => (await databases()).some(({ rehearsalOf }) => rehearsalOf === deploymentId),
      60_000,
    );
    await api('deployments.cancel', { params: { ...target, deploymentId } });
    await onlyOriginal();
    expect(await notes()).toEqual(['one', 'two']);
  }, 300_000);
});
