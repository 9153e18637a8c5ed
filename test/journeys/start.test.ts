import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { processesNaming } from '../faults/processes.ts';
import { eventually, freePort, killLaunched, launch, newDataDir, removeData, startPlatform } from './platform.ts';

describe('npm start', () => {
  const folders: string[] = [];
  const dataDir = () => {
    const folder = newDataDir();
    folders.push(folder);
    return folder;
  };
  /** The folder with which two tests start a platform, and the first test's data in it. */
  const kept = { folder: dataDir(), teamId: '', owner: { email: '', password: '' } };

  afterAll(() => {
    killLaunched();
    for (const folder of folders) removeData(folder);
  });

  it('prints its addresses, keeps them private, ends at Ctrl-C and leaves nothing running', async () => {
    const { folder } = kept;
    const platform = await startPlatform({ dataDir: folder });
    const { api, aws, owner } = platform.endpoints;
    const shown = [api, aws, owner.email, owner.password];
    await eventually('the addresses on the screen', () => shown.every((text) => platform.output().includes(text)));
    expect(statSync(join(folder, 'endpoints.json')).mode & 0o777).toBe(0o600);
    const client = await platform.client();
    const { teams } = await client('session.get', {});
    const teamId = teams[0]?.team.id ?? '';
    await client('projects.create', { params: { teamId }, body: { slug: 'kept' } });
    Object.assign(kept, { teamId, owner });
    expect(await platform.stop()).toBe(0);
    expect(processesNaming(folder)).toEqual([]);
  }, 90_000);

  it('keeps everything at the second start, and runs at the same time as another platform', async () => {
    const { folder, teamId, owner } = kept;
    const [second, other] = await Promise.all([
      startPlatform({ dataDir: folder }),
      startPlatform({ dataDir: dataDir() }),
    ]);
    const [client, theirs] = await Promise.all([second.client(), other.client()]);
    const { items } = await client('projects.list', { params: { teamId } });
    expect(items.map((project) => project.slug)).toEqual(['kept']);
    expect(second.endpoints.owner).toEqual(owner);
    const { teams } = await theirs('session.get', {});
    expect(teams[0]?.team.id).not.toBe(teamId);
    expect(teams).toHaveLength(1);
    await Promise.all([second.stop(), other.stop()]);
  }, 120_000);

  async function refusal(folder: string, port: number, ...flags: string[]) {
    const { child, output } = launch(folder, port, ...flags);
    await once(child, 'exit');
    return { code: child.exitCode, text: output() };
  }

  it('refuses a taken port with one clear line', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const folder = dataDir();
    const { code, text } = await refusal(folder, port, '--empty');
    other.close();
    expect(code).toBe(1);
    expect(text).toContain(String(port));
    expect(text).toContain('--port');
    expect(text).not.toContain('    at ');
    expect(processesNaming(folder)).toEqual([]);
  }, 60_000);

  it('refuses a damaged data folder with one clear line', async () => {
    const folder = dataDir();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'state.db'), 'this is not a database'.repeat(500));
    const { code, text } = await refusal(folder, await freePort(), '--empty');
    expect(code).toBe(1);
    expect(text).toContain(folder);
    expect(text).toContain('--reset');
    expect(text).not.toContain('    at ');
    expect(processesNaming(folder)).toEqual([]);
  }, 60_000);

  it('refuses an unknown flag', async () => {
    const { code, text } = await refusal(dataDir(), await freePort(), '--colour');
    expect(code).toBe(2);
    expect(text).toContain('--colour');
    expect(text).not.toContain('    at ');
  }, 60_000);
});
