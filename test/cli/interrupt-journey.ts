import { once } from 'node:events';
import { linkSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Platform } from '../journeys/platform.ts';
import type { Bed, Ended } from './command.ts';
import { startProxy } from './proxy.ts';

interface Place {
  readonly bed: Bed;
  readonly platform: Platform;
  /** The linked project. */
  readonly folder: string;
  readonly token: string;
  run(...args: string[]): Promise<Ended>;
  deploymentCount(): Promise<number>;
}

/** Part of the developer's day: uploads that are interrupted, or large. */
export function itInterruptsUploads(at: () => Place): void {
  it.each([
    ['before the upload', 'POST', /\/uploads$/, false],
    ['within the upload', 'PUT', /\.tar\.gz/, false],
    ['while the deployment is queued', 'POST', /\/deployments$/, true],
  ])(
    'interrupts %s, and leaves a whole deployment or none',
    async (_, method, path, goesOn) => {
      const { bed, platform, folder, token, run, deploymentCount } = at();
      const before = await deploymentCount();
      const proxy = await startProxy(platform.endpoints.api, (request) => {
        if (request.method === method && path.test(request.url ?? '')) child.kill('SIGINT');
        return true;
      });
      const env = { GANTRY_API: proxy.url, GANTRY_TOKEN: token };
      const child = bed.start(['up', '--project', 'shop', '--service', 'web'], { folder, env });
      await once(child, 'close');
      proxy.close();
      expect(child.exitCode).toBe(130);
      expect(child.said()).toContain(goesOn ? 'continues; stop it with' : 'Interrupted: nothing was deployed.\n');
      expect(await deploymentCount()).toBe(before + (goesOn ? 1 : 0));
      if (goesOn) expect((await run('cancel')).code).toBe(0);
    },
    60_000,
  );

  it('uploads 20,000 files in as much memory as 200, and leaves nothing when killed before the deployment is queued', async () => {
    const { deploymentCount } = at();
    const before = await deploymentCount();
    const [few, many] = await Promise.all([
      peakOfUpload(manyFiles('few', 200)),
      peakOfUpload(manyFiles('many', 20_000)),
    ]);
    expect(many.said).toMatch(/^Uploaded 20001 files, /);
    expect(many.kilobytes / few.kilobytes).toBeLessThan(1.5);
    expect(await deploymentCount()).toBe(before);
  }, 90_000);

  /** An app with this many small files and one that starts it. The files are links to one, because writing each takes longer than the test. */
  function manyFiles(name: string, count: number): string {
    const made = at().bed.folder(name, { 'index.js': '', '0/0.txt': 'text '.repeat(250) });
    for (let index = 1; index < count; index += 1) {
      const below = join(made, String(Math.floor(index / 200)));
      if (index % 200 === 0) mkdirSync(below);
      linkSync(join(made, '0/0.txt'), join(below, `${index}.txt`));
    }
    return made;
  }

  /** The command's memory peak before it would queue the deployment; then it is killed. */
  async function peakOfUpload(source: string): Promise<{ kilobytes: number; said: string }> {
    const { bed, platform, folder, token } = at();
    let kilobytes = 0;
    const proxy = await startProxy(platform.endpoints.api, ({ method, url }) => {
      if (method !== 'POST' || !url?.endsWith('/deployments')) return true;
      const [, peak = ''] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      kilobytes = Number(peak);
      child.kill('SIGKILL');
      return false;
    });
    const env = { GANTRY_API: proxy.url, GANTRY_TOKEN: token };
    const child = bed.start(['up', source, '--project', 'shop', '--service', 'web'], { folder, env });
    await once(child, 'close');
    proxy.close();
    return { kilobytes, said: child.said() };
  }
}
