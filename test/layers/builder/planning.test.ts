import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { dockerfileOf } from '../../../layers/builder/choose-provider.ts';
import { planBuild } from '../../../layers/builder/detect.ts';
import { diskTree, memoryTree } from '../../../layers/builder/source-tree.ts';

const FIXTURES = 'test/fixtures/apps';
const APPS = ['examples/hello-node', ...readdirSync(FIXTURES).map((name) => `${FIXTURES}/${name}`)].filter((folder) =>
  existsSync(`${folder}/test.json`),
);

const planOf = (files: Readonly<Record<string, string>>) => planBuild(memoryTree(files));
const manifest = (value: object) => ({ 'package.json': JSON.stringify(value) });
const START = { scripts: { start: 'node server.js' } };

describe('the plan of an example app', () => {
  it.each(APPS)('%s is built as its test.json says', async (folder) => {
    const expected: unknown = JSON.parse(readFileSync(`${folder}/test.json`, 'utf8'));
    expect({ plan: await planBuild(diskTree(folder)) }).toEqual(expected);
  });

  it('never names a registry host in the lock file of an app that we ship', () => {
    for (const app of ['examples/hello-node', 'test/fixtures/apps/node-npm']) {
      expect(readFileSync(`${app}/package-lock.json`, 'utf8')).not.toMatch(/https?:\/\//);
    }
  });
});

describe('the start command', () => {
  const full = {
    ...manifest({ main: 'main.js', ...START }),
    'main.js': '',
    'index.js': '',
    'server.js': '',
    'gantry.json': '{ "start": "node from-config.js" }',
    Procfile: '# processes\nweb: node from-procfile.js --port $PORT\nworker: node worker.js\n',
  };

  it.each([
    ['Procfile > web', 'node from-procfile.js --port $PORT', []],
    ['gantry.json > start', 'node from-config.js', ['Procfile']],
    ['package.json > scripts > start', 'npm run start', ['Procfile', 'gantry.json']],
  ])('comes from %s before all that follows', async (startSource, start, without) => {
    const files = Object.fromEntries(Object.entries(full).filter(([path]) => !without.includes(path)));
    expect(await planOf(files)).toMatchObject({ start, startSource });
  });

  it('falls back to main, then to index.js, then to server.js', async () => {
    const files = { 'main.js': '', 'index.js': '', 'server.js': '' };
    expect((await planOf({ ...manifest({ main: './main.js' }), ...files })).start).toBe('node main.js');
    expect((await planOf({ ...manifest({ main: 'gone.js' }), ...files })).start).toBe('node index.js');
    expect((await planOf({ ...manifest({}), 'server.js': '' })).start).toBe('node server.js');
  });

  it('runs without npm where the script only calls node, and with npm where npm does more', async () => {
    const commandOf = async (scripts: object) => (await planOf(manifest({ scripts }))).command;
    expect(await commandOf({ start: 'node --enable-source-maps server.js' })).toEqual([
      'node',
      '--enable-source-maps',
      'server.js',
    ]);
    const production = ['sh', '-c', 'exec env NODE_ENV=production node server.js'];
    expect(await commandOf({ start: 'NODE_ENV=production node server.js' })).toEqual(production);
    expect(await commandOf({ start: 'cross-env NODE_ENV=production node server.js' })).toEqual(
      production[2]?.split(' ').slice(1),
    );
    expect(await commandOf({ start: 'node server.js | pino-pretty' })).toEqual(['npm', 'run', 'start']);
    expect(await commandOf({ start: 'node server.js', prestart: 'node migrate.js' })).toEqual(['npm', 'run', 'start']);
    expect(await commandOf({ start: 'next start' })).toEqual(['npm', 'run', 'start']);
  });

  it('keeps a shell where the line needs one', async () => {
    const commandOf = async (web: string) => (await planOf({ ...manifest({}), Procfile: `web: ${web}` })).command;
    expect(await commandOf('MODE=web node server.js')).toEqual(['sh', '-c', 'exec env MODE=web node server.js']);
    expect(await commandOf('node a.js && node b.js')).toEqual(['sh', '-c', 'node a.js && exec node b.js']);
    expect(await commandOf('node server.js --name=x')).toEqual(['node', 'server.js', '--name=x']);
  });

  it('may hold, and stand beside, names that every object has', async () => {
    const scripts = { start: 'next constructor toString' };
    const plan = await planOf(manifest({ scripts, devDependencies: { typescript: '5' } }));
    expect(plan.command).toEqual(['npm', 'run', 'start']);
    const Procfile = 'constructor: node a.js\n__proto__: node b.js\nweb: node server.js\n';
    expect((await planOf({ ...manifest({}), Procfile })).command).toEqual(['node', 'server.js']);
  });

  it('is asked for where nothing gives one', async () => {
    await expect(planOf({ ...manifest({ scripts: { build: 'vite build' } }), 'index.html': '' })).rejects.toThrow(
      'nothing says how to start this node app; add a "start" script in package.json, a Procfile with a "web:" line, or "start" in gantry.json',
    );
  });
});

describe('npm', () => {
  it('installs exactly what a lock file says, and resolves anew without one', async () => {
    const app = manifest(START);
    expect((await planOf(app)).install).toEqual(['npm install --no-package-lock']);
    expect((await planOf({ ...app, 'package-lock.json': '{}' })).install).toEqual(['npm ci']);
    expect((await planOf({ ...app, 'npm-shrinkwrap.json': '{}' })).install).toEqual(['npm ci']);
  });

  it('gives way to the manager that packageManager, a lock file or engines name, at the version that wrote the lock file', async () => {
    const managerOf = async (more: object, files: Readonly<Record<string, string>> = {}) => {
      const {
        tools: [tool],
        install,
      } = await planOf({ ...manifest({ ...START, ...more }), ...files });
      return [tool?.package, tool?.version, ...install];
    };
    const [pnpm9, pnpm6] = [
      { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
      { 'pnpm-lock.yaml': 'lockfileVersion: 5.4\n' },
    ];
    expect(await managerOf({}, pnpm9)).toEqual(['pnpm', '10.34.9', 'pnpm install --frozen-lockfile']);
    expect(await managerOf({}, pnpm6)).toEqual(['pnpm', '7.33.7', 'pnpm install --frozen-lockfile']);
    expect(await managerOf({ packageManager: 'pnpm@9.1.0+sha512.abc' })).toEqual([
      'pnpm',
      '9.1.0',
      'pnpm install --no-frozen-lockfile',
    ]);
    expect(await managerOf({ engines: { pnpm: '>=8' } }, pnpm9)).toEqual([
      'pnpm',
      '10.34.9',
      'pnpm install --frozen-lockfile',
    ]);
    expect(await managerOf({ engines: { pnpm: '8.x' } }, pnpm9)).toEqual([
      'pnpm',
      '8.15.9',
      'pnpm install --frozen-lockfile',
    ]);
    expect(await managerOf({}, { 'yarn.lock': '# yarn lockfile v1\n', 'package-lock.json': '' })).toEqual([
      'yarn',
      '1.22.22',
      'yarn install --frozen-lockfile',
    ]);
    expect(await managerOf({}, { 'yarn.lock': '__metadata:\n  version: 6\n' })).toEqual([
      '@yarnpkg/cli-dist',
      '3.8.7',
      'yarn install --immutable',
    ]);
    expect(await managerOf({ packageManager: 'npm@10.0.0' }, { 'yarn.lock': '' })).toEqual([
      undefined,
      undefined,
      'npm install --no-package-lock',
    ]);
  });

  it('has the log say where no lock file pins what it installs, unless the app says itself how to install', async () => {
    const app = (more: object = {}) => manifest({ ...START, dependencies: { ms: '2.1.3' }, ...more });
    const noteOf = async (files: Readonly<Record<string, string>>) => (await planOf(files)).notes[0];
    expect(await noteOf(app())).toBe(
      'there is no package-lock.json, so that each install may bring other versions; run "npm install" and commit it',
    );
    expect(await noteOf(app({ packageManager: 'pnpm@9.1.0' }))).toMatch(/^there is no pnpm-lock\.yaml/);
    expect(await noteOf(app({ packageManager: 'yarn@4.0.0' }))).toMatch(/^there is no yarn\.lock/);
    expect(await noteOf({ ...app(), 'package-lock.json': '{}' })).toBeUndefined();
    expect(await noteOf(manifest(START))).toBeUndefined();
    expect(await noteOf({ ...app(), 'gantry.json': '{ "build": { "install": "make deps" } }' })).toBeUndefined();
  });

  it('brings a manager into the image only where the start command calls it', async () => {
    const lock = { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" };
    const plain = await planOf({ ...manifest({ scripts: { start: 'next start' } }), ...lock });
    expect([plain.start, plain.command, plain.build, plain.env]).toEqual([
      'pnpm run start',
      ['npm', 'run', 'start'],
      [],
      { NODE_ENV: 'production', PATH: expect.stringMatching(/^\/app\/node_modules\/\.bin:/) },
    ]);
    expect(plain.tools.map(({ inImage }) => inImage)).toEqual([undefined]);
    const called = await planOf({ ...manifest(START), ...lock, Procfile: 'web: pnpm serve\n' });
    expect(called.tools).toEqual([expect.objectContaining({ name: 'pnpm', inImage: true })]);
    expect(called.env.PATH).toMatch(/\/app\/\.gantry\/tools\/node_modules\/\.bin:/);
  });

  it('gives way to Bun, which comes along where the start command calls it', async () => {
    const bun = (scripts: object) => planOf({ ...manifest({ scripts }), 'bun.lock': '' });
    const plain = await bun({ start: 'node server.js' });
    expect([plain.packageManager, plain.install, plain.command]).toEqual([
      'bun',
      ['bun install --frozen-lockfile'],
      ['node', 'server.js'],
    ]);
    expect((await bun({ start: 'bun server.ts' })).tools).toEqual([
      { name: 'bun', registry: 'npm', package: 'bun', version: '1.4.5', inImage: true },
    ]);
  });

  it('removes development dependencies, unless the start command needs one or the app says no', async () => {
    const devDependencies = { tsx: '4.0.0', typescript: '5.0.0' };
    const pruneOf = async (more: object, files = {}) =>
      (await planOf({ ...manifest({ devDependencies, ...more }), ...files })).prune;
    expect(await pruneOf(START)).toEqual(['npm prune --omit=dev --no-package-lock']);
    expect(await pruneOf(START, { 'package-lock.json': '{}' })).toEqual(['npm prune --omit=dev']);
    expect(await pruneOf({ scripts: { start: 'tsx server.ts' } })).toEqual([]);
    expect(await pruneOf({ scripts: { web: 'tsx server.ts' } }, { Procfile: 'web: npm run web' })).toEqual([]);
    expect(await pruneOf(START, { 'gantry.toml': '[build]\nprune = false\n' })).toEqual([]);
  });

  it('lets an install see the whole source where it runs scripts of the app or links its folders', async () => {
    const inputsOf = async (more: object) => (await planOf(manifest({ ...START, ...more }))).installInputs;
    expect(await inputsOf({})).toEqual(['package.json']);
    expect(await inputsOf({ dependencies: { mine: 'workspace:*' } })).toEqual([]);
    expect(await inputsOf({ dependencies: { mine: 'file:lib/mine' } })).toEqual([]);
    expect(await inputsOf({ scripts: { ...START.scripts, postinstall: 'node patch.js' } })).toEqual([]);
  });
});

describe('the Node.js version', () => {
  it.each([
    ['22', '22'],
    ['v22.3.1', '22.3.1'],
    ['22.x', '22'],
    ['~20.11.0', '20.11'],
    ['^22.3.0', '22'],
    ['>=18', '24'],
    ['>= 18.0.0 < 23', '22'],
    ['18 - 22', '22'],
    ['18 || 20', '20'],
    ['>24', '26'],
    ['<=22.4.0 >=20', '22.4.0'],
    ['>=20.0.0 <=22.x', '22'],
    ['18.x - 22.x', '22'],
    ['^20.9.0 || >=22', '24'],
    ['<21', '20'],
    ['22.', '22'],
    ['lts/-1', '22'],
    ['# why\n20', '20'],
    ['20 # pinned', '20'],
    ['\r\n20\r', '20'],
    ['latest', '26'],
    ['*', '24'],
    ['lts/*', '24'],
    ['lts/iron', '20'],
  ])('for %j is %s', async (request, version) => {
    expect((await planOf({ ...manifest(START), '.nvmrc': `${request}\n` })).runtime).toEqual({
      name: 'node',
      version,
      versionSource: '.nvmrc',
    });
  });

  it('is taken from engines before .nvmrc before .node-version', async () => {
    const files = { '.nvmrc': '20', '.node-version': '18' };
    const sourceOf = async (more: object, kept: object) =>
      (await planOf({ ...manifest({ ...START, ...more }), ...kept })).runtime.versionSource;
    expect(await sourceOf({ engines: { node: '22' } }, files)).toBe('package.json > engines > node');
    expect(await sourceOf({}, files)).toBe('.nvmrc');
    expect(await sourceOf({}, { '.node-version': '18' })).toBe('.node-version');
    expect(await sourceOf({}, {})).toBe('default');
  });

  it('is refused with a remedy where no version fits', async () => {
    await expect(planOf(manifest({ ...START, engines: { node: '>=40' } }))).rejects.toThrow(
      'package.json > engines > node asks for Node ">=40", which no known version fits; ask for one such as "24.x"',
    );
  });
});

describe('a static site', () => {
  it('is served from the folder that holds index.html', async () => {
    expect(await planOf({ 'index.html': '', 'app.js': '' })).toMatchObject({
      provider: 'static',
      site: { folder: '.' },
    });
    expect(await planOf({ 'dist/index.html': '' })).toMatchObject({ site: { folder: 'dist' } });
    expect(await planOf({ 'public/index.html': '' })).toMatchObject({ site: { folder: 'public' } });
  });

  it('may name its folder in a Staticfile', async () => {
    const plan = await planOf({ Staticfile: 'root: "site/out"\n', 'site/out/index.html': '' });
    expect(plan).toMatchObject({ provider: 'static', site: { folder: 'site/out' } });
    await expect(planOf({ Staticfile: 'root: ../elsewhere\n' })).rejects.toThrow('is not in the source');
  });

  it('may hold scripts for the browser and a package.json for its tools', async () => {
    expect((await planOf({ 'index.html': '', 'index.js': '' })).provider).toBe('static');
    expect((await planOf({ 'index.html': '', ...manifest({ devDependencies: { prettier: '3.0.0' } }) })).provider).toBe(
      'static',
    );
    expect((await planOf({ 'index.html': '', ...manifest(START) })).provider).toBe('node');
  });
});

describe('what the app says itself', () => {
  it('wins over detection, as JSON or as TOML', async () => {
    const app = {
      ...manifest({ scripts: { start: 'node server.js', build: 'node build.js' } }),
      'package-lock.json': '',
    };
    const json = '{ "build": { "install": "npm ci --omit=optional", "build": ["node one.js", "node two.js"] } }';
    const toml = '[build]\ninstall = "npm ci --omit=optional"\nbuild = ["node one.js", "node two.js"]\n';
    const plan = await planOf({ ...app, 'gantry.json': json });
    expect(plan).toMatchObject({ install: ['npm ci --omit=optional'], build: ['node one.js', 'node two.js'] });
    expect(await planOf({ ...app, 'gantry.toml': toml })).toEqual({ ...plan, decisions: expect.anything() });
    expect((await planOf({ ...app, 'index.html': '', 'gantry.toml': 'provider = "static"\n' })).provider).toBe(
      'static',
    );
  });

  it.each([
    [{ 'gantry.json': '{ "statr": "node x.js" }' }, /gantry.json is not valid: .*statr/],
    [{ 'gantry.json': '{ "build": { "root": 7 } }' }, /gantry.json is not valid: build.root: /],
    [{ 'gantry.json': '{ start' }, /gantry.json is not valid JSON/],
    [{ 'gantry.toml': 'start = \n' }, /gantry.toml is not valid TOML: line 1/],
    [{ 'gantry.json': '{}', 'gantry.toml': '' }, /both a gantry.json and a gantry.toml/],
    [{ Procfile: 'web: node x.js\nnonsense\n' }, /Procfile, line 2: expected/],
    [{ 'package.json': '{ "scripts": ' }, /package.json is not valid JSON/],
    [{ 'package.json': '{ "scripts": { "start": 7 } }' }, /package.json is not valid: scripts.start/],
  ])('is refused by file and field where it is wrong: %j', async (files, message) => {
    await expect(planOf({ ...manifest(START), ...files } as Record<string, string>)).rejects.toThrow(message);
  });
});

it('says what it looked for, what it found and what to do where nothing fits', async () => {
  await expect(planOf({ 'README.md': '', 'main.rs': '' })).rejects.toThrow(
    'cannot tell what kind of app this is. Looked for php: composer.json, or index.php in the folder itself or in public; go: go.mod, go.work or main.go; rust: Cargo.toml; ' +
      'java: pom.xml, build.gradle or build.gradle.kts; ruby: Gemfile; elixir: mix.exs; deno: deno.json, deno.jsonc or deno.lock; node: package.json, or index.js, server.js, app.js or main.js without an index.html; ' +
      'python: requirements.txt, pyproject.toml, uv.lock, poetry.lock, Pipfile, manage.py, main.py or app.py; ' +
      'static: index.html in the folder itself, in public or in dist, or a Staticfile. The folder has README.md, main.rs. ' +
      'Add one of these files, or set the root folder to where the app is',
  );
});

describe("a service's settings", () => {
  const app = {
    ...manifest({ ...START, scripts: { start: 'node server.js', build: 'vite build' } }),
    'package-lock.json': '{}',
    'gantry.json': JSON.stringify({ build: { install: 'npm run from-file', build: ['a', 'b'] } }),
  };

  it('win over gantry.json, which wins over what is detected', async () => {
    const settings = { installCommand: 'npm ci --offline', buildCommand: 'make' };
    expect(await planBuild(memoryTree(app), settings)).toMatchObject({
      install: ['npm ci --offline'],
      installInputs: [],
      build: ['make'],
    });
    expect(await planBuild(memoryTree(app), { ...settings, installCommand: null })).toMatchObject({
      install: ['npm run from-file'],
      build: ['make'],
    });
    expect(await planOf(app)).toMatchObject({ install: ['npm run from-file'], build: ['a', 'b'] });
  });
});

describe('a Dockerfile', () => {
  const chosen = (config: object, files: Readonly<Record<string, string>> = { Dockerfile: 'FROM scratch' }) =>
    dockerfileOf(memoryTree({ ...manifest(START), ...files, 'gantry.json': JSON.stringify(config) }));

  it('in the folder, or one that gantry.json names, is what is built, unless another provider is named', async () => {
    const pathOf = async (...asked: Parameters<typeof chosen>) => (await chosen(...asked))?.path;
    expect(await pathOf({})).toBe('Dockerfile');
    expect(await chosen({}, {})).toBeUndefined();
    expect(await pathOf({ provider: 'dockerfile' })).toBe('Dockerfile');
    expect(await pathOf({ build: { dockerfile: './docker/prod' } }, { 'docker/prod': '' })).toBe('docker/prod');
    expect(await chosen({ provider: 'node' })).toBeUndefined();
  });

  it('may have its stage and its arguments named, and the stage must be there', async () => {
    const files = { Dockerfile: 'FROM node:24 AS build\nfrom scratch as Web\r\n' };
    const build = { target: 'web', arguments: { MODE: 'fast' } };
    expect(await chosen({ build }, files)).toEqual({ path: 'Dockerfile', ...build });
    await expect(chosen({ build: { target: 'job' } }, files)).rejects.toThrow(
      'gantry.json asks for the stage job of Dockerfile, which is not there: it has build, Web',
    );
    await expect(chosen({ build: { arguments: { 'a b': '' } } }, files)).rejects.toThrow('build.arguments');
  });

  it('that is asked for and not there, leads out of the app or stands beside another provider is refused', async () => {
    await expect(chosen({ provider: 'dockerfile' }, {})).rejects.toThrow(
      'gantry.json asks for Dockerfile, which is not',
    );
    await expect(chosen({ build: { dockerfile: 'gone' } })).rejects.toThrow('asks for gone');
    for (const dockerfile of ['../Dockerfile', '/etc/passwd', 'a/../../b', '..']) {
      await expect(chosen({ build: { dockerfile } })).rejects.toThrow("leads out of the app's folder");
    }
    await expect(chosen({ provider: 'go', build: { dockerfile: 'Dockerfile' } })).rejects.toThrow(
      'names both a Dockerfile and the provider go; keep one of them',
    );
  });
});
