import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { diskTree, memoryTree } from '../../../layers/builder/source-tree.ts';
import { temporaryFolder } from './peers.ts';

const planOf = (files: Readonly<Record<string, string>>) => planBuild(memoryTree(files));

describe('a PHP app', () => {
  const composer = (require: object, more: object = {}) => ({ 'composer.json': JSON.stringify({ require, ...more }) });

  it.each([
    ['^8.1', [], '8.1'],
    ['^7.4 || ^8.0', [], '7.4'],
    ['>= 8.2', [], '8.2'],
    ['~8.3.1', [], '8.3'],
    ['8.2.*', [], '8.2'],
    ['>=8.1 <8.4', ['>=8.2'], '8.2'],
    ['^8.1', ['^8.1', '>=8.3.0'], '8.3'],
    ['8.1 - 8.3', [], '8.1'],
  ])('that asks for %j, with packages that ask for %j, has version %s', async (php, packages, version) => {
    const lock = { packages: packages.map((each, index) => ({ name: `a/p${index}`, require: { php: each } })) };
    const plan = await planOf({ ...composer({ php }), 'composer.lock': JSON.stringify(lock), 'index.php': '' });
    expect(plan.runtime).toEqual({ name: 'php', version, versionSource: 'composer.json > require > php' });
  });

  it('with Laravel is served from public, has the extensions that it asks for, and proposes to migrate', async () => {
    const app = {
      ...composer({ 'laravel/framework': '^12', 'ext-mongodb': '*', 'ext-json': '*', 'ext-odd': '*' }),
      artisan: '',
    };
    const plan = await planOf({ ...app, 'public/index.php': '', 'package.json': '{}' });
    expect(plan).toMatchObject({
      ...{ provider: 'php', start: 'sh .gantry/php.sh public', release: 'php artisan migrate --force' },
      ...{ dependencyFolders: ['vendor'], env: { APP_ENV: 'production', LOG_CHANNEL: 'stderr' } },
    });
    expect(plan.extensions).toEqual([
      ...['bcmath', 'intl', 'mongodb', 'mysqli', 'opcache', 'pcntl', 'pdo_mysql', 'pdo_pgsql', 'zip'],
    ]);
    expect(plan.notes).toContainEqual(expect.stringContaining('the builder does not know the PHP extension odd'));
    expect(plan.build[0]).toBe('composer dump-autoload --no-dev --no-interaction --optimize');
  });

  it('with Symfony runs its scripts for production, and plain PHP is served from its own folder', async () => {
    const symfony = composer({ 'symfony/framework-bundle': '7.*' }, { scripts: { 'auto-scripts': {} } });
    expect((await planOf({ ...symfony, 'public/index.php': '' })).build).toContain(
      'APP_ENV=prod composer run-script --no-dev --no-interaction post-install-cmd',
    );
    expect(await planOf({ 'index.php': '', 'style.css': '' })).toMatchObject({
      ...{ install: [], build: [], start: 'sh .gantry/php.sh .', runtime: { version: '8.4' } },
    });
  });

  it("whose Procfile names a Heroku server gets the builder's server instead", async () => {
    const Procfile = 'web: vendor/bin/heroku-php-nginx -C nginx.conf web/\n';
    expect((await planOf({ ...composer({}), 'web/index.php': '', Procfile })).start).toBe('sh .gantry/php.sh web/');
  });
});

describe('a Ruby app', () => {
  const LOCK =
    'GEM\n  specs:\n    rack (3.1)\n    rackup (2.1)\n\nPLATFORMS\n  ruby\n\nRUBY VERSION\n   ruby 3.1.2p20\n';
  const gems = (...names: string[]) =>
    `GEM\n  specs:\n${names.map((name) => `    ${name} (1.0)\n`).join('')}\nPLATFORMS\n  arm64-darwin-23\n`;

  it.each([
    ['.ruby-version', { '.ruby-version': 'ruby-3.2.1\n', 'mise.toml': '' }, '3.2.1'],
    ['mise.toml', { 'mise.toml': '[tools]\nruby = "3"\n', '.ruby-version': '3.2.1' }, '3'],
    ['Gemfile > ruby', { Gemfile: 'ruby "~> 3.2"\n' }, '3.4'],
    ['Gemfile > ruby', { Gemfile: "ruby '~> 3.2.0'\n" }, '3.2'],
    ['Gemfile.lock > RUBY VERSION', { 'Gemfile.lock': LOCK }, '3.1.2'],
    ['default', { 'mise.toml': '[tools]\nruby = "latest"\n' }, '3.4'],
  ])('takes its version from %s: %j', async (versionSource, files, version) => {
    const plan = await planOf({ Gemfile: '', 'app.rb': '', ...(files as Record<string, string>) });
    expect(plan.runtime).toEqual({ name: 'ruby', version, versionSource });
  });

  it('with Rails compiles its assets without a secret, and proposes to migrate', async () => {
    const rails = {
      Gemfile: 'gem "rails"\ngem "pg"',
      'config/application.rb': 'class A < Rails::Application',
      'bin/rails': '',
      'db/schema.rb': '',
    };
    const plan = await planOf({ ...rails, 'Gemfile.lock': gems('rails', 'pg', 'propshaft', 'bootsnap') });
    expect(plan).toMatchObject({
      start: `bundle exec bin/rails server -b 0.0.0.0 -p \${PORT:-3000}`,
      release: 'bundle exec rails db:migrate',
      packages: { build: ['libpq-dev'], run: ['libjemalloc2', 'libpq5'] },
      install: ['bundle lock --add-platform x86_64-linux', 'bundle install'],
    });
    expect(plan.build.at(-1)).toMatch(
      /^SECRET_KEY_BASE=.* SECRET_KEY_BASE_DUMMY=1 bundle exec rails assets:precompile$/,
    );
  });

  it.each([
    [{ 'config.ru': '', 'Gemfile.lock': LOCK }, `bundle exec rackup config.ru -o 0.0.0.0 -p \${PORT:-3000}`],
    [{ 'config.ru': '', 'Gemfile.lock': gems('puma') }, `bundle exec puma -b tcp://0.0.0.0:\${PORT:-3000}`],
    [{ 'app.rb': '' }, 'bundle exec ruby app.rb'],
    [{ Rakefile: '' }, 'bundle exec rake'],
  ])('with %j starts with its own server', async (files, start) => {
    expect((await planOf({ Gemfile: '', ...(files as Record<string, string>) })).start).toBe(start);
  });

  it('is only an app whose Gemfile has more than tools for a Node.js app', async () => {
    const app = { 'package.json': '{ "scripts": { "start": "node x.js" } }', 'app.rb': '' };
    expect((await planOf({ ...app, Gemfile: 'gem "cocoapods"' })).provider).toBe('node');
    expect((await planOf({ ...app, Gemfile: 'gem "sinatra"' })).provider).toBe('ruby');
  });
});

describe('a Deno app', () => {
  it.each([
    [{ 'deno.json': '{ "tasks": { "start": "deno run -A server.ts" } }' }, 'deno task start'],
    [
      { 'deno.jsonc': '// a\n{ "tasks": { "start": "deno run --watch main.ts", } /* b */ }', 'main.ts': '' },
      'deno run --allow-all main.ts',
    ],
    [
      { 'src/index.ts': 'import * as o from "https://deno.land/x/cowsay/mod.ts";\n' },
      'deno run --allow-all src/index.ts',
    ],
  ])('with %j starts with its task, unless the task is for development', async (files, start) => {
    const plan = await planOf(files as Record<string, string>);
    expect([plan.provider, plan.start]).toEqual(['deno', start]);
  });

  it('gets its version from .deno-version, and its program from npm, in the image too', async () => {
    const plan = await planOf({ 'deno.json': '{}', 'main.ts': '', '.deno-version': '2.2.2\n' });
    expect([plan.runtime.version, plan.tools]).toEqual([
      '2.2.2',
      [{ name: 'deno', registry: 'npm', package: 'deno', version: '2.2.2', inImage: true }],
    ]);
  });
});

it('a lock file that is larger than planning reads does not stop a plan', async () => {
  await using folder = await temporaryFolder();
  const files = {
    'php/composer.json': '{ "require": { "php": "^8.2" } }',
    'php/index.php': '',
    'php/composer.lock': '{ "packages": [',
    'ruby/Gemfile': '',
    'ruby/app.rb': '',
    'ruby/Gemfile.lock': 'RUBY VERSION\n   ruby 3.1.2p20\n',
    'rust/Cargo.toml': '[package]\nname = "shop"\n',
    'rust/src/main.rs': '',
    'rust/Cargo.lock': 'name = "openssl-sys"\n',
    'python/main.py': '',
    'python/pyproject.toml': '[tool.poetry]\n',
    'python/poetry.lock': '[[package]]\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder.path, dirname(path)), { recursive: true });
    await writeFile(join(folder.path, path), path.endsWith('.lock') ? text.padEnd(1_100_000) : text);
  }
  const plan = (app: string) => planBuild(diskTree(join(folder.path, app)));
  expect((await plan('php')).runtime.version).toBe('8.2');
  expect((await plan('ruby')).runtime.version).toBe('3.1.2');
  expect((await plan('rust')).packages.run).toContain('libssl3');
  expect((await plan('python')).install.at(-1)).toContain('--without-hashes');
});
