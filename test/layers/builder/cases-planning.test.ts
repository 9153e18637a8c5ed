import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

const planOf = (files: Readonly<Record<string, string>>, folder = '.') =>
  planBuild(memoryTree(files), { installCommand: null, buildCommand: null }, folder);
const manifest = (value: object) => ({ 'package.json': JSON.stringify(value) });
const START = { scripts: { start: 'node s.js' } };

describe('A development server', () => {
  const page = { 'index.html': '<!doctype html>', 'package-lock.json': '{}' };
  const vite = { devDependencies: { vite: '7.0.0' } };

  it.each([
    ['vite', { scripts: { start: 'vite', build: 'vite build' }, ...vite }, {}, 'dist'],
    ['vite preview', { scripts: { start: 'vite preview --host', build: 'vite build' }, ...vite }, {}, 'dist'],
    [
      'through another script',
      { scripts: { start: 'npm run dev', dev: 'cross-env A=1 vite', build: 'vite build' }, ...vite },
      {},
      'dist',
    ],
    [
      'react-scripts',
      {
        scripts: { start: 'react-scripts start', build: 'react-scripts build' },
        dependencies: { 'react-scripts': '5.0.1' },
      },
      {},
      'build',
    ],
    [
      'ng serve',
      {
        scripts: { start: 'ng serve', build: 'ng build' },
        dependencies: { '@angular/core': '20.0.0' },
        devDependencies: { '@angular/cli': '20.0.0' },
      },
      {
        'angular.json': JSON.stringify({
          projects: {
            shop: {
              projectType: 'application',
              architect: { build: { builder: '@angular/build:application', options: {} } },
            },
          },
        }),
      },
      'dist/shop/browser',
    ],
  ])(
    '%s never starts an app: the result of the build is served, and the log says so',
    async (_, value, files, folder) => {
      const plan = await planOf({ ...manifest(value), ...page, ...files });
      expect(plan).toMatchObject({ site: { folder, built: true, fallback: true }, build: ['npm run build'] });
      expect(plan.command).toEqual(['node', '.gantry/serve.mjs', folder]);
      expect(plan.notes.join()).toMatch(/a development server.*To change this, set the start command/);
    },
  );

  it('gives way to a script for production, and to the server of a framework', async () => {
    const nest = {
      dependencies: { '@nestjs/core': '11.0.0' },
      devDependencies: { '@nestjs/cli': '11.0.0', typescript: '5.9.0' },
    };
    const scripts = { build: 'nest build', start: 'nest start' };
    const plain = await planOf(manifest({ scripts, ...nest }));
    expect([plain.start, plain.command, plain.prune.length]).toEqual(['node dist/main', ['node', 'dist/main'], 1]);
    const own = await planOf(manifest({ scripts: { ...scripts, 'start:prod': 'node dist/src/main' }, ...nest }));
    expect([own.startSource, own.command]).toEqual(['package.json > scripts > start:prod', ['node', 'dist/src/main']]);
    const next = { scripts: { start: 'next dev' }, dependencies: { next: '16.0.0' } };
    expect(await planOf(manifest(next))).toMatchObject({ build: ['next build'], start: 'next start' });
    expect((await planOf({ ...manifest({ scripts: { start: 'nodemon s.js' } }), 's.js': '' })).command).toEqual([
      'node',
      's.js',
    ]);
  });

  it("is the start command if the app's owner sets it", async () => {
    const value = { scripts: { start: 'vite', build: 'vite build' }, ...vite };
    const plan = await planOf({ ...manifest(value), ...page, Procfile: 'web: vite --host\n' });
    expect([plan.start, plan.startSource, plan.notes]).toEqual(['vite --host', 'Procfile > web', []]);
    expect(plan.decisions.find(({ part }) => part === 'start')).toEqual({
      part: 'start',
      value: 'vite --host',
      source: 'Procfile > web',
      insteadOf: 'node .gantry/serve.mjs dist',
    });
  });
});

describe('A package that the start command needs', () => {
  it.each([
    ['nest start --watch=false', { '@nestjs/cli': '11.0.0' }],
    ['remix-serve ./build/server/index.js', { '@remix-run/serve': '2.0.0' }],
    ['run-s migrate serve', { 'npm-run-all': '4.1.5' }],
    ['tsc && node dist/s.js', { typescript: '5.9.0' }],
    ['node -r ts-node/register s.ts', { 'ts-node': '10.0.0' }],
    ['node --import=tsx s.ts', { tsx: '4.0.0' }],
    ['./node_modules/.bin/tsx s.ts', { tsx: '4.0.0' }],
    ['cross-env-shell NODE_ENV=production "tsx s.ts"', { tsx: '4.0.0' }],
    ['some-program-of-an-unknown-package', { unknown: '1.0.0' }],
    ['npm run serve', { tsx: '4.0.0' }],
  ])('is never pruned: %s', async (start, devDependencies) => {
    const scripts = { start: 'node other.js', serve: 'tsx s.ts' };
    const files = { ...manifest({ scripts, devDependencies }), 'package-lock.json': '{}', Procfile: `web: ${start}\n` };
    expect((await planOf(files)).prune).toEqual([]);
  });

  it('is found in a script of the app too, and packages that nothing needs leave the image', async () => {
    const devDependencies = { prisma: '6.0.0' };
    const files = { ...manifest({ scripts: { start: './start.sh' }, devDependencies }), 'package-lock.json': '{}' };
    expect(
      (await planOf({ ...files, 'start.sh': '#!/bin/sh\nprisma migrate deploy\nexec node s.js\n' })).prune,
    ).toEqual([]);
    expect((await planOf({ ...files, 'start.sh': '#!/bin/sh\nexec node s.js\n' })).prune).toEqual([
      'npm prune --omit=dev',
    ]);
  });
});

describe('The folder of a site', () => {
  it.each([
    [
      'vite',
      { 'vite.config.ts': "export default { build: { /* 'x' */ outDir: 'build' } }", 'index.html': '' },
      'build',
    ],
    ['vite', { 'vite.config.js': "export default { root: 'client' }", 'client/index.html': '' }, 'client/dist'],
    ['vite', { 'vite.config.js': 'export default { build: { outDir: folder } }', 'index.html': '' }, 'dist'],
    ['astro', { 'astro.config.mjs': "export default defineConfig({ outDir: './public_html' })" }, 'public_html'],
    ['next', { 'next.config.mjs': "export default { output: 'export' }" }, 'out'],
    [
      '@sveltejs/kit',
      {
        'svelte.config.js':
          "import a from '@sveltejs/adapter-static'\nexport default { kit: { adapter: a({ pages: 'site' }) } }",
      },
      'site',
    ],
  ])('of %s is read from its config if it is a literal there: %j', async (name, files, folder) => {
    const devDependencies = { [name]: '1.0.0', '@sveltejs/adapter-static': '3.0.0' };
    const plan = await planOf({
      ...manifest({ scripts: { build: 'make' }, devDependencies }),
      ...(files as Record<string, string>),
    });
    expect(plan.site?.folder).toBe(folder);
  });
});

describe('The version of Node.js', () => {
  it.each([
    ['devEngines > runtime', { devEngines: { runtime: { name: 'node', version: '22.x' } } }, {}, '22'],
    ['devEngines > runtime', { devEngines: { runtime: [{ name: 'node', version: '22.x' }] } }, {}, '22'],
    ['volta > node', { volta: { node: '20.11.1' } }, {}, '20.11.1'],
    ['.tool-versions', {}, { '.tool-versions': 'python 3.12\nnodejs 20.11.1 # pinned\n' }, '20.11.1'],
    ['mise.toml', {}, { 'mise.toml': '[tools]\nnode = "20"\n' }, '20'],
    ['mise.toml', {}, { 'mise.toml': '[tools]\nnode = { version = "20" }\n' }, '20'],
    ['.nvmrc', { engines: { node: '>=18' } }, { '.nvmrc': '20' }, '20'],
    ['engines > node', { engines: { node: '>=22' } }, { '.nvmrc': '20' }, '24'],
  ])('comes from %s: %j %j', async (place, more, files, version) => {
    const plan = await planOf({ ...manifest({ ...START, ...more }), ...(files as Record<string, string>) });
    expect(plan.runtime.version).toBe(version);
    expect(plan.runtime.versionSource.replace('package.json > ', '')).toBe(place);
  });

  it('is refused with the field if no image has it, and with the file if the file is not text', async () => {
    await expect(planOf(manifest({ ...START, engines: { node: '20.0.0-rc.1' } }))).rejects.toThrow(
      'package.json > engines > node asks for Node "20.0.0-rc.1"',
    );
    const utf16 = Buffer.from('\uFEFF20', 'utf16le').toString();
    await expect(planOf({ ...manifest(START), '.nvmrc': utf16 })).rejects.toThrow('.nvmrc is not text in UTF-8');
    const word = await planOf({ ...manifest(START), '.nvmrc': 'lts/no-such-name' });
    expect([word.runtime.version, word.notes.join()]).toEqual(['24', expect.stringContaining('lts/no-such-name')]);
  });
});

describe('The package manager', () => {
  it.each([
    [{ devEngines: { packageManager: { name: 'pnpm', version: '10.13.1' } } }, 'pnpm', '10.13.1'],
    [{ packageManager: 'pnpm@10' }, 'pnpm', '10.34.9'],
    [{ packageManager: 'pnpm@^9.1.0' }, 'pnpm', '9.15.9'],
    [{ packageManager: 'yarn@4.x' }, '@yarnpkg/cli-dist', '4.18.1'],
    [{ packageManager: 'pnpm@9.1.0+sha512.abc' }, 'pnpm', '9.1.0'],
    [{ packageManager: 'bun@1.2.3' }, 'bun', '1.2.3'],
  ])('of %j has that version', async (more, name, version) => {
    const [tool] = (await planOf(manifest({ ...START, ...more }))).tools;
    expect([tool?.package, tool?.version]).toEqual([name, version]);
  });
});

describe('A Procfile', () => {
  const Procfile = 'web: node web.js\nworker: node worker.js\nrelease: node migrate.js\nmailer: node mail.js\n';
  const startOf = async (name: string, kind: string, files: Readonly<Record<string, string>> = { Procfile }) => {
    const settings = { installCommand: null, buildCommand: null, service: { name, kind } };
    return planBuild(memoryTree({ ...manifest(START), ...files }), settings);
  };

  it('starts a service with the line of its name, otherwise of its kind, and never with the line of another kind', async () => {
    expect((await startOf('worker', 'worker')).start).toBe('node worker.js');
    expect((await startOf('mailer', 'worker')).start).toBe('node mail.js');
    expect((await startOf('shop', 'web')).start).toBe('node web.js');
    const other = await startOf('jobs', 'worker', { Procfile: 'web: node web.js\n' });
    expect([other.start, other.notes.join()]).toEqual([
      'npm run start',
      expect.stringContaining('no line "jobs" or "worker"'),
    ]);
    expect((await startOf('release', 'worker')).start).toBe('node worker.js');
  });

  it('gives the release command in its line "release", if the service has none', async () => {
    const plan = await startOf('shop', 'web');
    expect([plan.release, plan.settings]).toEqual(['node migrate.js', { releaseCommand: 'node migrate.js' }]);
    expect(plan.decisions).toContainEqual({ part: 'release', value: 'node migrate.js', source: 'Procfile > release' });
  });
});

describe('A workspace', () => {
  const files = {
    ...manifest({ private: true, workspaces: ['apps/*', 'packages/*'] }),
    'package-lock.json': '{}',
    'apps/web/package.json': JSON.stringify({
      name: 'web',
      scripts: { start: 'node s.js', build: 'make' },
      dependencies: { '@acme/shared': '*' },
    }),
    'apps/web/s.js': '',
    'packages/shared/package.json': JSON.stringify({ name: '@acme/shared', scripts: { build: 'tsc' } }),
    'packages/other/package.json': JSON.stringify({ name: '@acme/other', scripts: { build: 'tsc' } }),
  };

  it('is found from the folder of a member: it is installed, the members that this one needs are built, and this one starts', async () => {
    const plan = await planOf(files, 'apps/web');
    expect(plan).toMatchObject({
      root: '.',
      folder: 'apps/web',
      install: ['npm ci'],
      build: ['cd packages/shared && npm run build', 'cd apps/web && npm run build'],
      command: ['node', 's.js'],
    });
    expect(plan.installInputs).toEqual([
      'package.json',
      'package-lock.json',
      'apps/web/package.json',
      'packages/other/package.json',
      'packages/shared/package.json',
    ]);
    expect(plan.dependencyFolders).toContain('packages/shared/node_modules');
  });

  it('with one app starts that app, and with several apps asks which one', async () => {
    expect((await planOf(files)).folder).toBe('apps/web');
    const two = {
      ...files,
      'apps/docs/package.json': JSON.stringify({ name: 'docs', scripts: { start: 'node d.js' } }),
    };
    await expect(planOf(two)).rejects.toThrow(
      "several apps that start (apps/docs, apps/web); set the service's root folder",
    );
  });

  it('does not exist if pnpm-workspace.yaml holds only settings', async () => {
    const plain = {
      ...manifest(START),
      'pnpm-lock.yaml': '',
      'pnpm-workspace.yaml': 'onlyBuiltDependencies:\n  - esbuild\n',
    };
    const plan = await planOf(plain);
    expect([plan.dependencyFolders, plan.installInputs]).toEqual([
      ['node_modules'],
      ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'],
    ]);
  });
});
