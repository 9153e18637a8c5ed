import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import type { Loose } from './api-answer.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { created, pathOf } from './objects.ts';

const CLONE = join(import.meta.dirname, '../../..');
const NS = 'outside';
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster(mkdtempSync(join(CLONE, 'node_modules/.gantry-test-')));
  await created(test.api('POST', '/api/v1/namespaces', { metadata: { name: NS } }));
});
afterAll(() => test.stop());

/** The exit code and the output of a script that runs once, in an image without a package.json. */
async function run(name: string, file: string, content: string): Promise<{ code: number; output: string }> {
  const program = file.endsWith('.py') ? 'python3' : 'node';
  const image = await test.images.add([{ name: `app/${file}`, content }], { Cmd: [program, file], WorkingDir: '/app' });
  const spec = { restartPolicy: 'Never', containers: [{ name: 'app', image }] };
  await created(test.api('POST', pathOf('Pod', NS), { metadata: { name }, spec }));
  const end = await until(
    async () =>
      (await test.api('GET', pathOf('Pod', NS, name))).body.status?.containerStatuses?.[0]?.state.terminated as Loose,
    (terminated) => terminated !== undefined,
    patience(20_000),
  );
  const { body } = await test.api('GET', pathOf('Pod', NS, `${name}/log`));
  return { code: end.exitCode, output: String(body) };
}

describe('an app whose platform keeps its data in the clone', () => {
  it('does not find a package that only the clone has, as on AWS', async () => {
    const required = await run('required', 'main.js', "require('tar-stream');");
    expect(required).toMatchObject({ code: 1, output: expect.stringContaining("Cannot find module 'tar-stream'") });
    const imported = await run('imported', 'main.mjs', "await import('tar-stream');");
    expect(imported).toMatchObject({ code: 1, output: expect.stringContaining("Cannot find package 'tar-stream'") });
  });

  it('is CommonJS without a package.json, even if the clone has one, and is in no git repository', async () => {
    const script = `
      const { spawnSync } = require('node:child_process');
      console.log(spawnSync('git', ['rev-parse', '--show-toplevel']).status);`;
    expect(await run('plain', 'main.js', script)).toEqual({ code: 0, output: '128\n' });
  });

  it('can make a Unix socket in its own folder and in its temporary one', async () => {
    const script = `
      const { createServer } = require('node:net');
      const { join } = require('node:path');
      for (const folder of [process.cwd(), require('node:os').tmpdir()])
        createServer().listen(join(folder, 'a-name-of-thirty-characters.sock'), function () { this.close(); console.log('up'); });`;
    expect(await run('socket', 'main.js', script)).toEqual({ code: 0, output: 'up\nup\n' });
  });
});
