import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildApp, materialize, pushed, start } from './images.ts';
import { KINDS, MORE_KINDS, shareGoCache } from './kinds.ts';
import { startRegistry, temporaryFolder } from './peers.ts';

describe('a build by processes with', () => {
  for (const { name, app, answer, missing } of [...KINDS, ...MORE_KINDS]) {
    if (missing !== '') {
      it.todo(`${name}: not run: ${missing}`);
      continue;
    }
    it.concurrent(`${name} makes an image that answers, and with an unchanged lock file the same one without another install`, async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const cacheDir = join(folder.path, 'cache');
      if (name === 'Go') await shareGoCache(cacheDir);
      const build = (scratch: string) =>
        buildApp(`test/fixtures/apps/${app}`, registry, join(folder.path, scratch), { cacheDir, timeoutMs: 60_000 });
      const first = await build('one');
      const second = await build('two');
      const skipped = second.lines.some((line) => line.startsWith('Nothing to install: '));
      expect([second.imageDigest, skipped]).toEqual([first.imageDigest, name !== 'Go']);
      const node = await materialize(registry, second.imageDigest, join(folder.path, 'node'));
      const { Cmd, Env } = pushed(registry, second.imageDigest).config.config;
      await using running = await start(node, Cmd, Env);
      expect(await (await fetch(running.url)).text()).toBe(answer);
    });
  }
});
