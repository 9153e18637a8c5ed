import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { buildApp, materialize, pushed, registryAnswers, start } from './images.ts';
import { startRegistry, temporaryFolder } from './peers.ts';
import { server, twice, writeApp } from './twice.ts';

const LIMIT_MS = patience(120_000);
const online = (await registryAnswers()) ? it.concurrent : it.skip;

/** pnpm's lock file for the workspace below. */
const PNPM_LOCK = `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .: {}

  packages/lib:
    dependencies:
      ms:
        specifier: 2.1.3
        version: 2.1.3

  packages/web:
    dependencies:
      '@acme/lib':
        specifier: workspace:*
        version: link:../lib
    devDependencies:
      wrappy:
        specifier: 1.0.2
        version: 1.0.2

packages:

  ms@2.1.3:
    resolution: {integrity: sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==}

  wrappy@1.0.2:
    resolution: {integrity: sha512-l4Sp/DRseor9wL6EvV2+TuQn63dMkPjZ/sp9XkghTEbV9KlPS1xUsZ3u7/IQO4wxtcFB4bgpQPRcR3QCvezPcQ==}

snapshots:

  ms@2.1.3: {}

  wrappy@1.0.2: {}
`;

const INHERITS = 'sha512-k/vGaX4/Yla3WzyMCvTQOXYeIHvqOKtnqBduzTHpzpQZzAskKMhZ2K+EnBiSM9zGSoIFeMpXKxa4dYeZIQqewQ==';

const acme = {
  'packages/lib/package.json': { name: '@acme/lib', version: '1.0.0', main: 'index.js', dependencies: { ms: '2.1.3' } },
  'packages/lib/index.js': "module.exports = require('ms')(1000);\n",
  'packages/web/server.js': `const second = require('@acme/lib');\n${server("'v1 ' + second")}`,
};
const web = (version: string) => ({
  name: 'web',
  version: '1.0.0',
  scripts: { build: `node -e "require('@acme/lib')"`, start: 'node server.js' },
  dependencies: { '@acme/lib': version },
});

describe('a workspace is built right a second time, without another install', () => {
  online(
    'with pnpm, started from its root',
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const app = await writeApp(join(folder.path, 'app'), {
        ...acme,
        'package.json': {
          private: true,
          packageManager: 'pnpm@9.15.9',
          scripts: { build: 'pnpm -r run build', start: 'node packages/web/server.js' },
        },
        'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
        'packages/web/package.json': { ...web('workspace:*'), devDependencies: { wrappy: '1.0.2' } },
        'pnpm-lock.yaml': PNPM_LOCK,
      });
      const { answers, lines } = await twice(registry, folder.path, app, 'packages/web/server.js');
      expect(answers).toEqual(['v1 1s', 'v2 1s']);
      expect(lines).toContainEqual(expect.stringMatching(/^Nothing to install: /));
      // Packages that only the build needed are gone from each member, and from the store that the members share.
      expect((await readdir(join(folder.path, 'node-two/app/node_modules/.pnpm'))).join()).not.toContain('wrappy');
      expect(existsSync(join(folder.path, 'node-two/app/packages/web/node_modules/wrappy'))).toBe(false);
    },
    LIMIT_MS,
  );

  online(
    'with npm, where the root folder is a member',
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const app = await writeApp(join(folder.path, 'app'), {
        ...acme,
        'package.json': { private: true, workspaces: ['packages/*'] },
        'packages/web/package.json': web('1.0.0'),
      });
      const { answers, lines } = await twice(registry, folder.path, app, 'packages/web/server.js', {
        folder: 'packages/web',
      });
      expect(answers).toEqual(['v1 1s', 'v2 1s']);
      expect(lines).toContainEqual(expect.stringMatching(/^Nothing to install: /));
    },
    LIMIT_MS,
  );

  online(
    'with pnpm, where the root folder is a member, without packages that only other members need',
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const importer =
        '  packages/other:\n    dependencies:\n      inherits:\n        specifier: 2.0.4\n        version: 2.0.4\n\n';
      const app = await writeApp(join(folder.path, 'app'), {
        ...acme,
        'package.json': { private: true, packageManager: 'pnpm@9.15.9' },
        'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
        'packages/web/package.json': { ...web('workspace:*'), devDependencies: { wrappy: '1.0.2' } },
        'packages/other/package.json': { name: 'other', version: '1.0.0', dependencies: { inherits: '2.0.4' } },
        'pnpm-lock.yaml': PNPM_LOCK.replace('  packages/web:', `${importer}  packages/web:`)
          .replace('\npackages:\n', `\npackages:\n\n  inherits@2.0.4:\n    resolution: {integrity: ${INHERITS}}\n`)
          .replace('\nsnapshots:\n', '\nsnapshots:\n\n  inherits@2.0.4: {}\n'),
      });
      const asked = { folder: 'packages/web' };
      const { answers, lines } = await twice(registry, folder.path, app, 'packages/web/server.js', asked);
      expect(answers).toEqual(['v1 1s', 'v2 1s']);
      expect(lines).toContainEqual(expect.stringMatching(/^Nothing to install: /));
      const kept = await readdir(join(folder.path, 'node-two/app/node_modules/.pnpm'));
      expect(kept.filter((name) => /^(inherits|wrappy)@/.test(name))).toEqual([]);
    },
    LIMIT_MS,
  );

  online(
    'with Yarn, which installs again if the cached packages are incomplete',
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const app = await writeApp(join(folder.path, 'app'), {
        ...acme,
        'package.json': { private: true, packageManager: 'yarn@1.22.22', workspaces: ['packages/*'] },
        'packages/web/package.json': web('1.0.0'),
      });
      const scratch = join(folder.path, 'first');
      expect((await twice(registry, scratch, app, 'packages/web/server.js')).answers).toEqual(['v1 1s', 'v2 1s']);
      const installs = join(scratch, 'cache/installs');
      for (const entry of await readdir(installs)) await rm(join(installs, entry, '0/ms/index.js'), { force: true });
      const again = await buildApp(app, registry, join(scratch, 'three'), {
        cacheDir: join(scratch, 'cache'),
        timeoutMs: LIMIT_MS,
      });
      expect(again.lines).toContain('The cached packages are incomplete: installing them again');
      const image = await materialize(registry, again.imageDigest, join(scratch, 'node-three'));
      expect(existsSync(join(image, 'node_modules/ms/index.js'))).toBe(true);
    },
    LIMIT_MS,
  );
});

describe('a program with another name than its package', () => {
  it.concurrent(
    'is in the image when the app starts, in two builds',
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const app = await writeApp(join(folder.path, 'app'), {
        'cli/package.json': { name: '@acme/cli', version: '1.0.0', bin: { acme: 'acme.js' } },
        'cli/acme.js': `#!/usr/bin/env node\nrequire(process.cwd() + '/server.js');\n`,
        'server.js': server("'v1'"),
        Procfile: 'web: acme start\n',
        'package.json': { devDependencies: { '@acme/cli': 'file:cli' } },
      });
      expect((await twice(registry, folder.path, app, 'server.js')).answers).toEqual(['v1', 'v2']);
    },
    LIMIT_MS,
  );
});

describe('a site that its build makes', () => {
  const vite = {
    'vite/package.json': { name: 'vite', version: '7.0.0', bin: { vite: 'vite.mjs' } },
    'vite/vite.mjs': [
      "#!/usr/bin/env node\nimport { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';",
      "const out = readFileSync('out.txt', 'utf8').trim();",
      "if (out !== 'nowhere') { mkdirSync(out + '/assets', { recursive: true }); writeFileSync(out + '/index.html', readFileSync('index.html', 'utf8'));",
      "writeFileSync(out + '/assets/app-BdK3x9aZ.js', 'x'.repeat(5000)); cpSync('public', out, { recursive: true }); }\n",
    ].join('\n'),
    'package.json': { scripts: { build: 'vite build' }, devDependencies: { vite: 'file:vite' } },
    'index.html': '<!doctype html><title>v1</title>',
    'public/robots.txt': 'User-agent: *\n',
    'out.txt': 'dist',
  };

  it.concurrent(
    'answers deep links and ranges, compresses, lets browsers keep hashed files forever, and is alone in the image',
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const app = await writeApp(join(folder.path, 'app'), {
        ...vite,
        'public/_headers': '/assets/*\n  X-Team: acme\n',
        'public/_redirects': '/old/:id /new/:id 302\n/api/* /index.html 200\n/gone /index.html 404\n',
      });
      const built = await buildApp(app, registry, join(folder.path, 'one'), { timeoutMs: LIMIT_MS });
      const image = await materialize(registry, built.imageDigest, join(folder.path, 'node'));
      expect((await readdir(image)).toSorted()).toEqual(['.gantry', 'dist']);
      const { Cmd, Env } = pushed(registry, built.imageDigest).config.config;
      await using running = await start(image, Cmd, Env);
      const get = (path: string, headers: Record<string, string> = { accept: 'text/html' }) =>
        fetch(running.url + path, { headers, redirect: 'manual' });
      const deep = await get('/users/42');
      expect([deep.status, await deep.text(), deep.headers.get('cache-control')]).toEqual([
        200,
        vite['index.html'],
        'no-cache',
      ]);
      expect((await get('/assets/missing.js')).status).toBe(404);
      expect((await get('/users/42', { accept: 'application/json' })).status).toBe(404);
      const part = await get('/assets/app-BdK3x9aZ.js', { range: 'bytes=0-9' });
      expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
        206,
        'x'.repeat(10),
        'bytes 0-9/5000',
      ]);
      expect((await get('/assets/app-BdK3x9aZ.js', { range: 'bytes=5000-' })).status).toBe(416);
      const zipped = await get('/assets/app-BdK3x9aZ.js', { 'accept-encoding': 'gzip, br;q=0' });
      expect([zipped.headers.get('content-encoding'), (await zipped.text()).length]).toEqual(['gzip', 5000]);
      expect((await get('/assets/app-BdK3x9aZ.js', { 'accept-encoding': 'br' })).headers.get('content-encoding')).toBe(
        'br',
      );
      expect([zipped.headers.get('cache-control'), zipped.headers.get('x-team')]).toEqual([
        'public, max-age=31536000, immutable',
        'acme',
      ]);
      const moved = await get('/old/7');
      expect([moved.status, moved.headers.get('location')]).toEqual([302, '/new/7']);
      expect([(await get('/api/x')).status, (await get('/gone')).status, (await get('/_headers')).status]).toEqual([
        200, 404, 404,
      ]);
    },
    LIMIT_MS,
  );

  it.concurrent(
    'is found where the build wrote it, in two builds, and fails the build if there is none',
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const app = await writeApp(join(folder.path, 'app'), { ...vite, 'out.txt': 'public_html' });
      const { answers, lines } = await twice(registry, folder.path, app, 'index.html');
      expect(answers).toEqual(['<!doctype html><title>v1</title>', '<!doctype html><title>v2</title>']);
      expect(lines).toContain(
        'The build wrote its index.html to public_html, not to dist. The app serves that folder.',
      );
      await writeFile(join(app, 'out.txt'), 'nowhere');
      await expect(buildApp(app, registry, join(folder.path, 'three'), { timeoutMs: LIMIT_MS })).rejects.toMatchObject({
        message: expect.stringContaining("the search for the build's page failed"),
        lines: [
          expect.stringMatching(/wrote no index\.html, neither to dist nor to another folder \(.*public.*"static"/),
        ],
      });
    },
    LIMIT_MS,
  );

  it.concurrent(
    "answers a missing file with the site's own 404.html, and with nothing if gantry.json says so",
    async () => {
      await using registry = await startRegistry();
      await using folder = await temporaryFolder();
      const app = await writeApp(join(folder.path, 'app'), { ...vite, 'public/404.html': 'not here' });
      const statusOf = async (name: string) => {
        const built = await buildApp(app, registry, join(folder.path, name), { timeoutMs: LIMIT_MS });
        const image = await materialize(registry, built.imageDigest, join(folder.path, `node-${name}`));
        await using running = await start(image, pushed(registry, built.imageDigest).config.config.Cmd);
        return (await fetch(`${running.url}/users/42`, { headers: { accept: 'text/html' } })).status;
      };
      expect(await statusOf('own')).toBe(404);
      await rm(join(app, 'public/404.html'));
      expect(await statusOf('none')).toBe(200);
      await writeFile(join(app, 'gantry.json'), '{ "static": { "fallback": false } }');
      expect(await statusOf('off')).toBe(404);
    },
    LIMIT_MS,
  );
});
