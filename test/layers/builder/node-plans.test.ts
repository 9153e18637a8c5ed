import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

const planOf = (files: Readonly<Record<string, string>>) => planBuild(memoryTree(files));
const manifest = (value: object) => ({ 'package.json': JSON.stringify(value) });
const START = { scripts: { start: 'node server.js' } };

describe('npm', () => {
  it('installs exactly the versions of a lock file, and resolves versions if there is none', async () => {
    const app = manifest(START);
    expect((await planOf(app)).install).toEqual(['npm install --no-package-lock']);
    expect((await planOf({ ...app, 'package-lock.json': '{}' })).install).toEqual(['npm ci']);
    expect((await planOf({ ...app, 'npm-shrinkwrap.json': '{}' })).install).toEqual(['npm ci']);
  });

  it('gives way to the manager in packageManager, a lock file or engines, in the version that wrote the lock file', async () => {
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

  it('warns in the log if no lock file pins the packages, unless the app has its own install commands', async () => {
    const app = (more: object = {}) => manifest({ ...START, dependencies: { ms: '2.1.3' }, ...more });
    const noteOf = async (files: Readonly<Record<string, string>>) => (await planOf(files)).notes[0];
    expect(await noteOf(app())).toBe(
      'there is no package-lock.json, so each install may get other versions; run "npm install" and commit the file',
    );
    expect(await noteOf(app({ packageManager: 'pnpm@9.1.0' }))).toMatch(/^there is no pnpm-lock\.yaml/);
    expect(await noteOf(app({ packageManager: 'yarn@4.0.0' }))).toMatch(/^there is no yarn\.lock/);
    expect(await noteOf({ ...app(), 'package-lock.json': '{}' })).toBeUndefined();
    expect(await noteOf(manifest(START))).toBeUndefined();
    expect(await noteOf({ ...app(), 'gantry.json': '{ "build": { "install": "make deps" } }' })).toBeUndefined();
  });

  it('adds a manager to the image only if the start command calls it', async () => {
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

  it('gives way to Bun, which is in the image if the start command calls it', async () => {
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

  it('lets an install see the whole source if it runs scripts of the app or links its folders', async () => {
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

  it('is refused with advice if no version fits', async () => {
    await expect(planOf(manifest({ ...START, engines: { node: '>=40' } }))).rejects.toThrow(
      'package.json > engines > node asks for Node ">=40", but no known version matches; ask for a version such as "24.x"',
    );
  });
});
