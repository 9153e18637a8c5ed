import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, freePort, killLaunched, launch, newDataDir, removeData, startPlatform } from './platform.ts';

/** Every process of this machine that has `text` in its command line, but for the ones that only look. */
function processesNaming(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(text) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

describe('npm start', () => {
  const folders: string[] = [];
  const dataDir = () => {
    const folder = newDataDir();
    folders.push(folder);
    return folder;
  };

  afterEach(() => {
    killLaunched();
    for (const folder of folders.splice(0)) removeData(folder);
  });

  it('prints its addresses, keeps them private, ends at Ctrl-C and leaves nothing running', async () => {
    const folder = dataDir();
    const platform = await startPlatform({ dataDir: folder });
    const { api, aws, owner } = platform.endpoints;
    const shown = [api, aws, owner.email, owner.password];
    await eventually('the addresses on the screen', () => shown.every((text) => platform.output().includes(text)));
    expect(statSync(join(folder, 'endpoints.json')).mode & 0o777).toBe(0o600);
    expect(await platform.stop()).toBe(0);
    expect(processesNaming(folder)).toEqual([]);
  }, 90_000);

  it('finds everything again the second time', async () => {
    const folder = dataDir();
    const first = await startPlatform({ dataDir: folder });
    const client = await first.client();
    const { teams } = await client('session.get', {});
    const teamId = teams[0]?.team.id ?? '';
    await client('projects.create', { params: { teamId }, body: { slug: 'kept' } });
    await first.stop();

    const second = await startPlatform({ dataDir: folder });
    const { items } = await (await second.client())('projects.list', { params: { teamId } });
    expect(items.map((project) => project.slug)).toEqual(['kept']);
    expect(second.endpoints.owner).toEqual(first.endpoints.owner);
    await second.stop();
  }, 120_000);

  it('runs twice side by side', async () => {
    const [one, two] = await Promise.all([
      startPlatform({ dataDir: dataDir() }),
      startPlatform({ dataDir: dataDir() }),
    ]);
    const [first, second] = await Promise.all([one.client(), two.client()]);
    const [a, b] = await Promise.all([first('session.get', {}), second('session.get', {})]);
    expect(a.teams[0]?.team.id).not.toBe(b.teams[0]?.team.id);
    await Promise.all([one.stop(), two.stop()]);
  }, 120_000);

  async function refusal(folder: string, port: number, ...flags: string[]) {
    const { child, output } = launch(folder, port, ...flags);
    await once(child, 'exit');
    return { code: child.exitCode, text: output() };
  }

  it('refuses a port that is taken with one clear line', async () => {
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

  it('refuses a flag that it does not know', async () => {
    const { code, text } = await refusal(dataDir(), await freePort(), '--colour');
    expect(code).toBe(2);
    expect(text).toContain('--colour');
    expect(text).not.toContain('    at ');
  }, 60_000);
});
