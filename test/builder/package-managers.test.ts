import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildApp, materialize, pushed, registryAnswers, start } from './images.ts';
import { startRegistry, temporaryFolder } from './peers.ts';

await using downloads = await temporaryFolder();
const npm = (await registryAnswers()) ? '' : 'the npm registry does not answer';
const pip = `-m pip download --quiet --no-deps --retries 0 --timeout 3 --dest ${downloads.path} itsdangerous==2.2.0`;
const python =
  output('python3', pip.split(' ')) === undefined ? 'there is no Python with pip that reaches a package index' : '';
const goCache = output('go', ['env', 'GOCACHE']);

const KINDS = [
  { name: 'pnpm', app: 'node-pnpm', answer: 'a day is 86400000 ms\n', missing: npm },
  { name: 'Yarn 1', app: 'node-yarn', answer: 'a day is 86400000 ms\n', missing: npm },
  { name: 'Yarn 4', app: 'node-yarn-berry', answer: 'a day is 86400000 ms\n', missing: npm },
  { name: 'pip', app: 'python-pip', answer: 'ImhlbGxvIg\n', missing: python },
  { name: 'Go', app: 'go-mod', answer: 'go\n', missing: goCache === undefined ? 'there is no Go' : '' },
];

describe('a build by processes with', () => {
  for (const { name, app, answer, missing } of KINDS) {
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

/** The machine's own compiled standard library: to compile it anew would take most of this suite's time. Where Go has never built, there is none yet. */
async function shareGoCache(cacheDir: string): Promise<void> {
  const own = goCache ?? '';
  await Promise.all([own, join(cacheDir, 'go')].map((folder) => mkdir(folder, { recursive: true })));
  await symlink(own, join(cacheDir, 'go/build'));
}

function output(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 })
      .toString()
      .trim();
  } catch {
    return undefined;
  }
}
