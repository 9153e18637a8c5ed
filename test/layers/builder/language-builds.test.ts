import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, cp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { buildApp, materialize, pushed, registryAnswers, start } from './images.ts';
import { startRegistry, temporaryFolder } from './peers.ts';

const LIMIT_MS = patience(90_000);
/** A folder that Maven has after its first build: each of Maven's steps is a package of its own. */
const MAVEN_STEPS = join(homedir(), '.m2/repository/org/apache/maven/plugins/maven-jar-plugin');

/** An app of each language, the file that changes between two builds, and the app's answer. */
const LANGUAGES = [
  { name: 'Rust', app: 'rust-plain', file: 'src/main.rs', answer: 'rust\n', missing: lacks('cargo', '--version') },
  {
    ...{ name: 'PHP', app: 'php-composer', file: 'public/index.php', answer: 'php /\n' },
    missing: lacks('php', '--version') ?? lacks('composer', '--version') ?? lacks('/usr/sbin/nginx', '-v') ?? noFpm(),
  },
  {
    ...{ name: 'Ruby', app: 'ruby-plain', file: 'app.rb', answer: 'ruby\n' },
    missing: lacks('ruby', '--version') ?? lacks('bundle', '--version'),
  },
  {
    ...{ name: 'Java', app: 'java-maven', file: 'src/main/java/hello/Main.java', answer: 'java\n' },
    missing: lacks('mvn', '--version') ?? (existsSync(MAVEN_STEPS) ? undefined : 'Maven has built nothing here yet'),
  },
  {
    ...{ name: 'Deno', app: 'deno-plain', file: 'main.mts', answer: 'deno\n' },
    missing: (await registryAnswers()) ? undefined : 'the npm registry does not answer',
  },
  { name: 'Elixir', app: 'elixir-plug', file: '', answer: '', missing: 'its packages come from their own registry' },
];

function lacks(program: string, option: string): string | undefined {
  try {
    execFileSync(program, [option], { stdio: 'ignore', timeout: patience(10_000) });
    return undefined;
  } catch {
    return `there is no ${program}`;
  }
}

function noFpm(): string | undefined {
  const found = [
    '/usr/local/sbin/php-fpm',
    ...['8.1', '8.2', '8.3', '8.4', '8.5'].map((line) => `/usr/sbin/php-fpm${line}`),
  ];
  return found.some((path) => existsSync(path)) ? undefined : 'there is no PHP-FPM';
}

/** A port that was free a moment ago. nginx cannot report a port that it chose itself. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return String(typeof address === 'object' ? address?.port : address);
}

describe('on this machine an app of', () => {
  for (const { name, app, file, answer, missing } of LANGUAGES) {
    if (missing !== undefined) {
      it.todo(`${name}: not run: ${missing}`);
      continue;
    }
    it.concurrent(
      `${name} is built, starts and answers${name === 'Deno' ? '' : ', and does so again after a change'}`,
      async () => {
        await using registry = await startRegistry();
        await using folder = await temporaryFolder();
        const source = join(folder.path, 'source');
        await cp(`test/fixtures/apps/${app}`, source, { recursive: true });
        const digests: string[] = [];
        // Deno's program is large: a second build would only pack it again.
        const rounds = name === 'Deno' ? ['one'] : ['one', 'two'];
        for (const round of rounds) {
          const options = { cacheDir: join(folder.path, 'cache'), timeoutMs: LIMIT_MS };
          const { imageDigest } = await buildApp(source, registry, join(folder.path, round), options);
          const node = await materialize(registry, imageDigest, join(folder.path, `node-${round}`));
          const { Cmd, Env } = pushed(registry, imageDigest).config.config;
          await using running = await start(node, Cmd, Env, await freePort());
          expect(await (await fetch(running.url)).text()).toBe(answer);
          if (name === 'PHP') await expectServer(running.url);
          digests.push(imageDigest);
          await appendFile(join(source, file), '\n');
        }
        expect(new Set(digests).size).toBe(rounds.length);
      },
      LIMIT_MS,
    );
  }
});

/** Serves files unchanged and other paths through `index.php`, but no file that only the builder reads. */
async function expectServer(url: string): Promise<void> {
  const statusOf = async (path: string) => (await fetch(url + path)).status;
  expect(await (await fetch(`${url}/a/b?c=d`)).text()).toBe('php /a/b\n');
  expect((await fetch(`${url}/style.css`)).headers.get('content-type')).toBe('text/css');
  expect(await Promise.all(['/.env', '/gone.php', '/vendor/autoload.php'].map(statusOf))).toEqual([404, 404, 404]);
}
