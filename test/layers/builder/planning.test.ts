import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
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
  it.each(APPS)('%s is built as in its test.json', async (folder) => {
    const expected: unknown = JSON.parse(readFileSync(`${folder}/test.json`, 'utf8'));
    expect({ plan: await planBuild(diskTree(folder)) }).toEqual(expected);
  });

  it('names no registry host in the lock files of our apps', () => {
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
  ])('comes from %s, which wins over the sources after it', async (startSource, start, without) => {
    const files = Object.fromEntries(Object.entries(full).filter(([path]) => !without.includes(path)));
    expect(await planOf(files)).toMatchObject({ start, startSource });
  });

  it('falls back to main, then to index.js, then to server.js', async () => {
    const files = { 'main.js': '', 'index.js': '', 'server.js': '' };
    expect((await planOf({ ...manifest({ main: './main.js' }), ...files })).start).toBe('node main.js');
    expect((await planOf({ ...manifest({ main: 'gone.js' }), ...files })).start).toBe('node index.js');
    expect((await planOf({ ...manifest({}), 'server.js': '' })).start).toBe('node server.js');
  });

  it('runs without npm if the script only calls node, otherwise with npm', async () => {
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

  it('runs in a shell if the line needs one', async () => {
    const commandOf = async (web: string) => (await planOf({ ...manifest({}), Procfile: `web: ${web}` })).command;
    expect(await commandOf('MODE=web node server.js')).toEqual(['sh', '-c', 'exec env MODE=web node server.js']);
    expect(await commandOf('node a.js && node b.js')).toEqual(['sh', '-c', 'node a.js && exec node b.js']);
    expect(await commandOf('node server.js --name=x')).toEqual(['node', 'server.js', '--name=x']);
  });

  it('may hold names that every object has, and stand next to them', async () => {
    const scripts = { start: 'next constructor toString' };
    const plan = await planOf(manifest({ scripts, devDependencies: { typescript: '5' } }));
    expect(plan.command).toEqual(['npm', 'run', 'start']);
    const Procfile = 'constructor: node a.js\n__proto__: node b.js\nweb: node server.js\n';
    expect((await planOf({ ...manifest({}), Procfile })).command).toEqual(['node', 'server.js']);
  });

  it('is asked for if the source has none', async () => {
    await expect(planOf({ ...manifest({ scripts: { build: 'vite build' } }), 'index.html': '' })).rejects.toThrow(
      'nothing says how to start this node app; add a "start" script in package.json, a Procfile with a "web:" line, or "start" in gantry.json',
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

it('a site that Vite builds is served as files, and a site with an adapter by its own server', async () => {
  const site = (devDependencies: object) => JSON.stringify({ scripts: { build: 'vite build' }, devDependencies });
  expect(await planOf({ 'package.json': site({ vite: '7.0.0' }), 'index.html': '' })).toMatchObject({
    provider: 'node',
    site: { folder: 'dist', fallback: true, built: true },
    command: ['node', '.gantry/serve.mjs', 'dist'],
  });
  const adapter = site({ vite: '7.0.0', '@sveltejs/kit': '2.0.0', '@sveltejs/adapter-node': '5.0.0' });
  expect((await planOf({ 'package.json': adapter })).start).toBe('node build');
});

it('says which files it looked for, which it found and what to do if no provider fits', async () => {
  await expect(planOf({ 'README.md': '', 'main.rs': '' })).rejects.toThrow(
    'cannot tell what kind of app this is. Looked for php: composer.json, or index.php in the folder itself or in public; go: go.mod, go.work or main.go; rust: Cargo.toml; ' +
      'java: pom.xml, build.gradle or build.gradle.kts; ruby: Gemfile; elixir: mix.exs; deno: deno.json, deno.jsonc or deno.lock; node: package.json, or index.js, server.js, app.js or main.js without an index.html; ' +
      'python: requirements.txt, pyproject.toml, uv.lock, poetry.lock, Pipfile, manage.py, main.py or app.py; ' +
      'static: index.html in the folder itself, in public or in dist, or a Staticfile. The folder has README.md, main.rs. ' +
      'Add one of these files, or set the root folder to the folder of the app',
  );
});
