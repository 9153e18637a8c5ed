import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { buildApp, materialize, pushed, start } from './images.ts';
import { KINDS, MORE_KINDS, shareGoCache } from './kinds.ts';
import { startRegistry, temporaryFolder } from './peers.ts';

/** Installs run in parallel. */
const LIMIT_MS = patience(90_000);

/** Python files without bytecode that stays valid whatever the files' times. */
function uncompiled(root: string): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py'));
  expect(files.length).toBeGreaterThan(5);
  return files.filter((file) => {
    const cache = join(root, dirname(file), '__pycache__');
    const own = existsSync(cache)
      ? readdirSync(cache).find((each) => each.startsWith(`${basename(file, '.py')}.`))
      : '';
    const byHash = own ? readFileSync(join(cache, own)).readUInt32LE(4) & 1 : 0;
    return byHash === 0;
  });
}

it.concurrent(
  'a start command that calls its package manager finds it in the image, and all builds download the manager once',
  async () => {
    if (KINDS[0]?.missing !== '') return;
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await cp('test/fixtures/apps/node-pnpm', app, { recursive: true });
    const manifest = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'));
    manifest.scripts = { start: 'pnpm run serve', serve: 'node server.js' };
    await writeFile(join(app, 'package.json'), JSON.stringify(manifest));
    const more = { cacheDir: join(folder.path, 'cache'), timeoutMs: LIMIT_MS };
    const first = await buildApp(app, registry, join(folder.path, 'one'), more);
    const second = await buildApp(app, registry, join(folder.path, 'two'), more);
    const fetched = [...first.lines, ...second.lines].filter((line) => /^Installing |--prefix \.gantry/.test(line));
    expect(fetched).toEqual([expect.stringMatching(/^Installing pnpm@/)]);
    const node = await materialize(registry, second.imageDigest, join(folder.path, 'node'));
    expect(existsSync(join(node, '.gantry/tools/node_modules/.bin/pnpm'))).toBe(true);
  },
  LIMIT_MS,
);

describe('a build with processes and', () => {
  for (const { name, app, answer, missing } of [...KINDS, ...MORE_KINDS]) {
    if (missing !== '') {
      it.todo(`${name}: not run: ${missing}`);
      continue;
    }
    it.concurrent(
      `${name} makes an image that answers, and the same image again without another install if the lock file did not change`,
      async () => {
        await using registry = await startRegistry();
        await using folder = await temporaryFolder();
        const cacheDir = join(folder.path, 'cache');
        if (name === 'Go') await shareGoCache(cacheDir);
        const build = (scratch: string) =>
          buildApp(`test/fixtures/apps/${app}`, registry, join(folder.path, scratch), {
            cacheDir,
            timeoutMs: LIMIT_MS,
          });
        const first = await build('one');
        const second = await build('two');
        const skipped = second.lines.some((line) => line.startsWith('Nothing to install: '));
        expect([second.imageDigest, skipped]).toEqual([first.imageDigest, name !== 'Go']);
        const node = await materialize(registry, second.imageDigest, join(folder.path, 'node'));
        if (app.startsWith('python')) expect(uncompiled(node)).toEqual([]);
        const { Cmd, Env } = pushed(registry, second.imageDigest).config.config;
        await using running = await start(node, Cmd, Env);
        expect(await (await fetch(running.url)).text()).toBe(answer);
      },
      LIMIT_MS,
    );
  }
});
