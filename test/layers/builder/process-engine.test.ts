import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BuildError } from '../../../layers/builder/build-error.ts';
import { writeLayer } from '../../../layers/builder/oci/layer.ts';
import { patience, slowness } from '../../patience.ts';
import { unless } from '../../unless.ts';
import { until } from '../../until.ts';
import { buildApp, materialize, pushed, registryAnswers, start } from './images.ts';
import { startRegistry, temporaryFolder } from './peers.ts';

const npm = unless((await registryAnswers()) ? undefined : 'the npm registry does not answer');

describe('a build with processes', () => {
  it('pushes an image that runs, and the same source gives the same digest without a second upload', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const first = await buildApp('test/fixtures/apps/node-plain', registry, join(folder.path, 'one'));
    expect(first.lines).toContain('$ npm install --no-package-lock');
    expect(first.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const { config } = pushed(registry, first.imageDigest);
    expect(config.config).toMatchObject({
      Cmd: ['node', 'index.js'],
      Env: expect.arrayContaining(['NODE_ENV=production']),
      User: '1000',
      WorkingDir: '/app',
    });
    expect(JSON.parse(config.config.Labels['dev.gantry.plan'] ?? '')).toEqual(first.plan);

    registry.requests.length = 0;
    const second = await buildApp('test/fixtures/apps/node-plain', registry, join(folder.path, 'two'));
    expect(second.imageDigest).toBe(first.imageDigest);
    expect(registry.requests).toEqual([`HEAD /v2/apps/hello/manifests/${first.imageDigest}`]);

    const app = await materialize(registry, first.imageDigest, join(folder.path, 'node'));
    await using running = await start(app, config.config.Cmd);
    expect(await (await fetch(running.url)).text()).toBe('plain\n');
  });

  it('names every variable of the app that it does not use', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const variables = { NODE_ENV: 'test', npm_config_cache: '/mine', TMPDIR: '/mine', GREETING: 'hi' };
    const { lines } = await buildApp('test/fixtures/apps/node-plain', registry, folder.path, { variables });
    expect(lines.filter((line) => line.startsWith('Note: ') && line.includes('your'))).toEqual([
      'Note: the build does not use your npm_config_cache, TMPDIR: the builder sets the same itself',
      'Note: the build sets your NODE_ENV only after the installation, because package managers would leave out packages that only the build needs',
    ]);
  });

  it('says that there is no lock file, and adds none to the image', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await mkdir(join(app, 'own'), { recursive: true });
    await writeFile(join(app, 'own/package.json'), '{ "name": "own", "version": "1.0.0" }');
    await writeFile(join(app, 'package.json'), '{ "dependencies": { "own": "file:own" } }');
    await writeFile(join(app, 'index.js'), '');
    const { imageDigest, lines } = await buildApp(app, registry, join(folder.path, 'build'));
    expect(lines).toContainEqual(expect.stringMatching(/^Note: there is no package-lock\.json, /));
    const node = await materialize(registry, imageDigest, join(folder.path, 'node'));
    expect((await readdir(node)).toSorted()).toEqual(['index.js', 'node_modules', 'own', 'package.json']);
  });

  npm('installs dependencies into a layer of their own that stays the same when the app changes', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await cp('test/fixtures/apps/node-npm', app, { recursive: true });
    const cacheDir = join(folder.path, 'cache');
    const first = await buildApp(app, registry, join(folder.path, 'one'), { cacheDir });
    const [dependencies, code] = pushed(registry, first.imageDigest).layers;

    const node = await materialize(registry, first.imageDigest, join(folder.path, 'node'));
    expect(await readdir(join(node, 'node_modules'))).toEqual(['.package-lock.json', 'ms']);
    await using running = await start(node, pushed(registry, first.imageDigest).config.config.Cmd);
    expect(await (await fetch(running.url)).text()).toBe('built &amp; ready\na day is 86400000 ms\n');

    await writeFile(join(app, 'notes.txt'), 'a change');
    const second = await buildApp(app, registry, join(folder.path, 'two'), { cacheDir });
    const [sameDependencies, otherCode] = pushed(registry, second.imageDigest).layers;
    expect(sameDependencies).toBe(dependencies);
    expect(otherCode).not.toBe(code);
    expect(
      registry.requests.filter((request) => request.startsWith('PUT') && request.includes('/blobs/')),
    ).toHaveLength(5);
  });

  npm('runs the bundled example app, which shuts down gracefully', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const { imageDigest } = await buildApp('examples/hello-node', registry, join(folder.path, 'build'));
    const app = await materialize(registry, imageDigest, join(folder.path, 'node'));
    const running = await start(app, pushed(registry, imageDigest).config.config.Cmd);
    const get = async (path: string) => (await fetch(running.url + path)).text();
    expect(await get('/')).toContain('<title>hello-node 1.0.0</title>');
    expect(JSON.parse(await get('/version'))).toEqual({ name: 'hello-node', version: '1.0.0', node: process.version });
    expect(await get('/healthz')).toBe('ok\n');
    expect((await fetch(`${running.url}/constructor`)).status).toBe(404);
    expect(await running.stop()).toBe(0);
  });

  it('serves a static site with types and validators, and no other files', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const { imageDigest } = await buildApp('test/fixtures/apps/static-site', registry, join(folder.path, 'build'));
    const app = await materialize(registry, imageDigest, join(folder.path, 'node'));
    await symlink('/etc/hostname', join(app, 'public/escape.txt'));
    const running = await start(app, pushed(registry, imageDigest).config.config.Cmd);
    const get = (path: string, init: RequestInit = {}) => fetch(running.url + path, { redirect: 'manual', ...init });

    const page = await get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const etag = page.headers.get('etag') ?? '';
    expect((await get('/', { headers: { 'if-none-match': `"other", W/${etag}` } })).status).toBe(304);
    expect((await get('/style.css')).headers.get('content-type')).toBe('text/css; charset=utf-8');
    const head = await get('/style.css', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '34', '']);
    expect((await get('/docs?a=b')).headers.get('location')).toBe('/docs/');
    expect(await (await get('/docs/')).text()).toContain('<h1>Docs</h1>');
    expect(await (await get('/about')).text()).toContain('<h1>About</h1>');
    const lost = await get('/nothing-here');
    expect([lost.status, await lost.text()]).toEqual([404, expect.stringContaining('Not here')]);
    for (const path of [
      '/.hidden',
      '/%2e%2e/notes.txt',
      '/..%2fnotes.txt',
      '/..%5cnotes.txt',
      '/escape.txt',
      '/%00',
      '/%zz',
      '//notes.txt',
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    expect([
      (await get('/', { method: 'POST' })).status,
      (await get('/', { method: 'POST' })).headers.get('allow'),
    ]).toEqual([405, 'GET, HEAD']);
    expect(await running.stop()).toBe(0);
  });

  it('shows the output of a build command that fails, and keeps its last lines', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const lines: string[] = [];
    const failure = await buildApp('test/fixtures/apps/node-build-fails', registry, join(folder.path, 'b'), {
      print: (line) => lines.push(line),
    }).catch((error: unknown) => error);
    if (!(failure instanceof BuildError)) throw failure;
    expect(failure.message).toBe('"npm run build" failed with exit code 3');
    expect(failure.lines).toContain('build.js: cannot find the module "./missing"');
    expect(lines).toEqual(expect.arrayContaining(['$ npm run build', 'compiling']));
    expect(registry.requests).toEqual([]);
  });

  it("gives commands a clean environment: their own home, the registry's settings and no secret of the builder", async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await mkdir(app);
    await writeFile(join(app, 'server.js'), '');
    await writeFile(join(app, 'gantry.json'), JSON.stringify({ build: { build: 'env; pwd' } }));
    const { lines } = await buildApp(app, registry, join(folder.path, 'build'), {
      cacheDir: join(folder.path, 'cache'),
      environment: {
        PATH: `/elsewhere/node_modules/.bin:${process.env.PATH}`,
        HOME: '/home/builder',
        AWS_SECRET_ACCESS_KEY: 'a-secret',
        npm_config_registry: 'https://registry.example.com/',
        HTTPS_PROXY: 'http://proxy.example.com',
        CODEBUILD_BUILD_ID: 'builds:1',
      },
    });
    const output = lines.join('\n');
    expect(output).not.toContain('a-secret');
    expect(output).not.toContain('/elsewhere/');
    expect(lines).toContain(`HOME=${join(folder.path, 'build/home')}`);
    expect(lines).toContain(`npm_config_cache=${join(folder.path, 'cache/npm')}`);
    expect(lines).toContain('npm_config_registry=https://registry.example.com/');
    expect(lines).toContain('HTTPS_PROXY=http://proxy.example.com');
    expect(lines).toContain('CODEBUILD_BUILD_ID=builds:1');
  });

  it('ends a command that takes too long, together with its child processes', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await mkdir(app);
    await writeFile(join(app, 'server.js'), '');
    await writeFile(join(app, 'gantry.json'), JSON.stringify({ build: { build: 'sleep 300 & echo child $!; wait' } }));
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    await expect(
      buildApp(app, registry, join(folder.path, 'build'), { timeoutMs: 500 * slowness, print }),
    ).rejects.toThrow(/took longer than .* and was stopped/);
    const pid = Number(/child (\d+)/.exec(lines.join('\n'))?.[1]);
    await until('the child process of the build has ended', async () => !(await stillRuns(pid)));
  });

  it('says that memory ran out when the kernel ended a command', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await mkdir(app);
    await writeFile(join(app, 'server.js'), '');
    await writeFile(join(app, 'gantry.json'), JSON.stringify({ build: { build: "sh -c 'kill -9 $$'; exit $?" } }));
    await expect(buildApp(app, registry, join(folder.path, 'build'))).rejects.toThrow(
      /failed with exit code 137, probably because memory ran out; make it use less/,
    );
  });

  it('does not wait for a process that a command left running with the output open', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await mkdir(app);
    await writeFile(join(app, 'server.js'), '');
    await writeFile(join(app, 'gantry.json'), JSON.stringify({ build: { build: 'setsid sleep 300 & echo built' } }));
    const built = await buildApp(app, registry, join(folder.path, 'build'), { timeoutMs: patience(5_000) });
    expect(built.lines).toContain('built');
  });

  it('uses the root folder of the service and of gantry.json, and refuses a link of the build that leads out of the app', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await cp('test/fixtures/apps/static-site', join(app, 'services/web/site'), { recursive: true });
    await writeFile(join(app, 'services/web/gantry.toml'), '[build]\nroot = "site"\n');
    const { plan } = await buildApp(app, registry, join(folder.path, 'one'), { sourceRoot: 'services/web' });
    expect(plan.site).toEqual({ folder: 'public', fallback: false, built: false });
    await writeFile(
      join(app, 'services/web/site/gantry.json'),
      JSON.stringify({ build: { build: 'ln -s /etc/passwd public/x' } }),
    );
    await expect(buildApp(app, registry, join(folder.path, 'two'), { sourceRoot: 'services/web' })).rejects.toThrow(
      'the build made a link at public/x to /etc/passwd, outside of the app; make a copy of the file instead',
    );
  });

  it('does not build a Dockerfile, and says what to do instead', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await cp('test/fixtures/apps/static-site', app, { recursive: true });
    await writeFile(join(app, 'Dockerfile'), 'FROM scratch\n');
    await expect(buildApp(app, registry, join(folder.path, 'one'))).rejects.toThrow(
      'this app has a Dockerfile, and a platform on one machine cannot build Dockerfiles: that needs a container engine and a real cluster. To build the app here without its Dockerfile, add a gantry.json with "provider"',
    );
    await writeFile(join(app, 'gantry.json'), '{ "provider": "static" }');
    const { plan } = await buildApp(app, registry, join(folder.path, 'two'));
    expect(plan.provider).toBe('static');
  });

  it("gives the app's variables to its commands, but NODE_ENV only to commands that do not install", async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await mkdir(app);
    await writeFile(join(app, 'server.js'), '');
    const show = (step: string) => `echo "${step}: $MODE $NODE_ENV"`;
    await writeFile(join(app, 'gantry.json'), JSON.stringify({ build: { install: show('install') } }));
    const { lines } = await buildApp(app, registry, join(folder.path, 'build'), {
      settings: { installCommand: null, buildCommand: show('build') },
      variables: { MODE: 'fast', NODE_ENV: 'production', CODEBUILD_BUILD_ID: 'mine' },
      environment: { PATH: process.env.PATH, CODEBUILD_BUILD_ID: 'builds:1' },
    });
    expect(lines).toEqual(expect.arrayContaining(['install: fast ', 'build: fast production']));
  });

  it('refuses an image that is too large for a node', async () => {
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    await mkdir(app);
    await writeFile(join(app, 'server.js'), '');
    await writeFile(join(app, 'noise'), randomBytes(300_000));
    const file = join(folder.path, 'layer');
    await expect(writeLayer(app, ['noise', 'server.js'], file, 200_000)).rejects.toThrow(
      /^the image is larger than 0\.2 MB; remove files that the app does not need from the image$/,
    );
    expect((await writeLayer(app, ['noise', 'server.js'], file)).size).toBeGreaterThan(300_000);
  });

  it('says which request the registry refused, but never shows its credentials', async () => {
    await using registry = await startRegistry();
    await using folder = await temporaryFolder();
    const repository = { uri: `${registry.host}/apps/hello`, authorization: 'Basic wrong' };
    await expect(buildApp('test/fixtures/apps/static-site', registry, folder.path, { repository })).rejects.toThrow(
      /^the registry answered 401 to HEAD \/v2\/apps\/hello\/manifests\/sha256:[0-9a-f]{64}: $/,
    );
  });
});

/** Whether a process runs. A process that ended but was not waited for does not run. */
async function stillRuns(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return status !== undefined && !/\) [ZX] /.test(status);
}
