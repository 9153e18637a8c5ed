import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { configSchema } from '../../../layers/builder/config.ts';
import { planBuild } from '../../../layers/builder/detect.ts';
import { diskTree, memoryTree } from '../../../layers/builder/source-tree.ts';
import { temporaryFolder } from './peers.ts';

const planOf = (files: Readonly<Record<string, string>>) => planBuild(memoryTree(files));

const inFolder = (files: Readonly<Record<string, string>>, folder: string) =>
  planBuild(memoryTree(files), { installCommand: null, buildCommand: null }, folder);

describe('a Go app', () => {
  it.each([
    [{ 'go.mod': 'module x\n\ngo 1.22\n', 'main.go': 'package main\n' }, '.', '1.22'],
    [
      {
        'go.mod': 'module x\ngo 1.22\ntoolchain go1.24.1\n',
        'cmd/job/j.go': 'package main\n',
        'cmd/api/a.go': 'package main\n',
      },
      './cmd/api',
      '1.24.1',
    ],
    [
      { 'go.work': 'go 1.23\nuse (\n\t./lib\n\t./web\n)\n', 'lib/l.go': 'package lib\n', 'web/m.go': 'package main\n' },
      './web',
      '1.23',
    ],
    [
      { 'go.mod': 'module x\ngo 1.22\n', 'mise.toml': '[tools]\ngo = "1.25.3"\n', 'main.go': 'package main\n' },
      '.',
      '1.25.3',
    ],
  ])('%j is built from its main package', async (files, startSource, version) => {
    const plan = await planOf(files as Record<string, string>);
    expect([plan.startSource, plan.runtime.version, plan.start]).toEqual([startSource, version, './out']);
  });

  it('that wraps a library of C is built with its compiler, and runs on the Debian that has that library', async () => {
    const module = 'module x\ngo 1.24\nrequire (\n\tgithub.com/mattn/go-sqlite3 v1.14.0\n)\n';
    const plan = await planOf({ 'go.mod': module, 'main.go': 'package main\n' });
    expect([plan.build[0]?.split(' ')[0], plan.packages.run]).toEqual(['CGO_ENABLED=1', ['ca-certificates']]);
    const indirect = module.replace('v1.14.0', 'v1.14.0 // indirect');
    expect((await planOf({ 'go.mod': indirect, 'main.go': 'package main\n' })).packages.run).toEqual([]);
  });

  it('in a folder of a workspace or of a module is built where that lies, and started where the app is', async () => {
    const workspace = { 'go.work': 'go 1.23\nuse ./web\nuse ./lib\n', 'lib/l.go': 'package lib\n' };
    const used = { ...workspace, 'web/go.mod': 'module web\ngo 1.24\n', 'web/main.go': 'package main\n' };
    expect(await inFolder(used, 'web')).toMatchObject({
      ...{ root: '.', folder: 'web', installInputs: [], start: './out', runtime: { version: '1.24' } },
      build: [expect.stringMatching(/ -o web\/out \.\/web$/)],
    });
    const command = { 'go.mod': 'module x\ngo 1.22\n', 'cmd/api/main.go': 'package main\n' };
    expect(await inFolder(command, 'cmd/api')).toMatchObject({
      ...{ root: '.', folder: 'cmd/api' },
      build: [expect.stringMatching(/ -o cmd\/api\/out \.\/cmd\/api$/)],
    });
  });
});

describe('a Rust app', () => {
  const cargo = (text: string) => ({ 'Cargo.toml': `[package]\nname = "shop"\n${text}`, 'Cargo.lock': '' });
  const MAIN = { 'src/main.rs': '' };

  it('is built from its lock file, and its programs lie in bin', async () => {
    const plan = await planOf({ ...cargo(''), ...MAIN, 'src/bin/job.rs': '' });
    expect(plan).toMatchObject({
      ...{ start: './bin/shop', packageManager: 'cargo', prune: ['rm -rf target'] },
      build: ['cargo build --release --locked', 'mkdir -p bin && cp target/release/shop target/release/job bin/'],
    });
    expect((await planOf({ ...cargo('default-run = "job"\n'), ...MAIN, 'src/bin/job.rs': '' })).start).toBe(
      './bin/job',
    );
  });

  it('has its dependencies built from the manifest alone, unless one of them is a folder', async () => {
    const early = await planOf({ ...cargo('[dependencies]\naxum = "0.8"\n'), ...MAIN });
    expect([early.installInputs, early.dependencyFolders]).toEqual([['Cargo.toml', 'Cargo.lock'], ['target']]);
    expect(early.install[0]).toContain('--locked --target-dir ../../target');
    const local = await planOf({ ...cargo('[dependencies]\nlib = { path = "lib" }\n'), ...MAIN });
    expect([local.install, local.installInputs]).toEqual([[], []]);
  });

  it.each([
    ['rust-toolchain.toml > toolchain > channel', '[toolchain]\nchannel = "1.80.1"\n', '1.80.1'],
    ['rust-toolchain', '1.79\n', '1.79'],
    ['.tool-versions', 'rust 1.88.0\n', '1.88.0'],
    ['.rust-version', '1.70', '1.70'],
    ['rust-toolchain.toml > toolchain > channel', '[toolchain]\nchannel = "stable"\n', '1.95'],
  ])('takes its version from %s: %j', async (versionSource, text, version) => {
    const plan = await planOf({ ...cargo(''), ...MAIN, [versionSource.split(' ')[0] ?? '']: text });
    expect(plan.runtime).toEqual({ name: 'rust', version, versionSource });
  });

  it('of a nightly channel is built by the toolchain that it names, and says so', async () => {
    const toolchain = '[toolchain]\nchannel = "nightly-2024-08-12"\n';
    const plan = await planOf({ ...cargo(''), ...MAIN, 'rust-toolchain.toml': toolchain });
    expect(plan.notes).toEqual(['the toolchain nightly-2024-08-12 is got from rust-lang.org']);
  });

  it('in a workspace is the member that has a program, built where the workspace lies', async () => {
    const workspace = {
      'Cargo.toml':
        '[workspace]\nmembers = ["crates/*"]\nexclude = ["crates/old"]\n[workspace.package]\nrust-version = "1.81"\n',
      'crates/lib/Cargo.toml': '[package]\nname = "lib"\n',
      'crates/lib/src/lib.rs': '',
      'crates/old/Cargo.toml': '[package]\nname = "old"\n',
      'crates/old/src/main.rs': '',
      'crates/web/Cargo.toml': '[package]\nname = "web"\nrust-version = { workspace = true }\n',
      'crates/web/src/main.rs': '',
    };
    expect(await planOf(workspace)).toMatchObject({
      start: './bin/web',
      build: ['cargo build --release --package web', 'mkdir -p bin && cp target/release/web bin/'],
    });
    expect(await inFolder(workspace, 'crates/web')).toMatchObject({
      ...{ root: '.', folder: 'crates/web', start: './bin/web', runtime: { version: '1.81' } },
      build: [expect.any(String), 'mkdir -p crates/web/bin && cp target/release/web crates/web/bin/'],
    });
    expect((await inFolder(workspace, 'crates/old')).root).toBe('crates/old');
  });
});

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

  it('of Laravel is served from public, with what it asks for, and proposes to migrate', async () => {
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
    expect(plan.notes).toContainEqual(expect.stringContaining('nothing is known of the extension odd'));
    expect(plan.build[0]).toBe('composer dump-autoload --no-dev --no-interaction --optimize');
  });

  it('of Symfony runs its scripts as in production, and plain PHP is served as it lies', async () => {
    const symfony = composer({ 'symfony/framework-bundle': '7.*' }, { scripts: { 'auto-scripts': {} } });
    expect((await planOf({ ...symfony, 'public/index.php': '' })).build).toContain(
      'APP_ENV=prod composer run-script --no-dev --no-interaction post-install-cmd',
    );
    expect(await planOf({ 'index.php': '', 'style.css': '' })).toMatchObject({
      ...{ install: [], build: [], start: 'sh .gantry/php.sh .', runtime: { version: '8.4' } },
    });
  });

  it("whose Procfile names a server of Heroku's has the builder's in its place", async () => {
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

  it('of Rails compiles its assets without a secret, and proposes to migrate', async () => {
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
  ])('with %j is started by what it has', async (files, start) => {
    expect((await planOf({ Gemfile: '', ...(files as Record<string, string>) })).start).toBe(start);
  });

  it('has a Gemfile for more than the tools of a Node.js app', async () => {
    const app = { 'package.json': '{ "scripts": { "start": "node x.js" } }', 'app.rb': '' };
    expect((await planOf({ ...app, Gemfile: 'gem "cocoapods"' })).provider).toBe('node');
    expect((await planOf({ ...app, Gemfile: 'gem "sinatra"' })).provider).toBe('ruby');
  });
});

describe('a Java app', () => {
  it.each([
    ['pom.xml > java.version', { 'pom.xml': '<java.version>17</java.version>' }, '17'],
    ['pom.xml > maven.compiler.target', { 'pom.xml': '<maven.compiler.target>1.8</maven.compiler.target>' }, '8'],
    ['build.gradle.kts > jvmToolchain', { 'build.gradle.kts': 'kotlin { jvmToolchain(21) }' }, '21'],
    ['build.gradle > sourceCompatibility', { 'build.gradle': 'sourceCompatibility = JavaVersion.VERSION_11' }, '11'],
    ['system.properties', { 'pom.xml': '', 'system.properties': 'java.runtime.version=11\n' }, '11'],
    ['.sdkmanrc', { 'pom.xml': '', '.sdkmanrc': '# sdk\njava=25.0.1-tem\n' }, '25'],
    ['.tool-versions', { 'pom.xml': '', '.tool-versions': 'java temurin-17.0.9+9\n' }, '17'],
    [
      'Gradle 7',
      {
        'build.gradle': '',
        'gradle/wrapper/gradle-wrapper.properties': 'distributionUrl=https\\://x/gradle-7.5-bin.zip',
      },
      '17',
    ],
  ])('takes its version from %s: %j', async (versionSource, files, version) => {
    const plan = await planOf(files as Record<string, string>);
    expect(plan.runtime).toEqual({ name: 'java', version, versionSource });
  });

  it('of Spring Boot listens on the port that it is given, and is built by its own wrapper', async () => {
    const pom = '<artifactId>spring-boot-starter-web</artifactId>';
    const plan = await planOf({ 'pom.xml': pom, mvnw: '', '.mvn/wrapper/maven-wrapper.properties': '' });
    expect(plan.build[0]).toBe('sh ./mvnw --batch-mode --no-transfer-progress -DskipTests clean package');
    expect(plan.start).toBe(`java -XX:MaxRAMPercentage=75 $JAVA_OPTS -Dserver.port=\${PORT:-8080} -jar app.jar`);
    const gradle = await planOf({ 'build.gradle': "id 'org.springframework.boot'", gradlew: '' });
    expect([gradle.packageManager, gradle.build[0]]).toEqual([
      'gradle',
      expect.stringMatching(/^gradle .*clean build/),
    ]);
  });

  it("that Gradle's application plugin installs is started by the script that this makes", async () => {
    const files = {
      'settings.gradle.kts': 'rootProject.name = "shop"\ninclude("web")',
      'web/build.gradle.kts': 'plugins {\n  application\n}',
    };
    const plan = await planOf({ ...files, 'build.gradle.kts': '' });
    expect([plan.build.length, plan.start]).toEqual([1, 'web/build/install/web/bin/web']);
  });
});

describe('an Elixir app', () => {
  it('is a release, started as Phoenix has it, with the migration that it brings', async () => {
    const mix = 'app: :shop,\nelixir: "~> 1.14",\n{:phoenix, "~> 1.7"}\n"assets.deploy": []';
    const overlays = { 'rel/overlays/bin/server': '', 'rel/overlays/bin/migrate': '' };
    expect(await planOf({ 'mix.exs': mix, 'mix.lock': '', ...overlays })).toMatchObject({
      runtime: { name: 'elixir', version: '1.18', versionSource: 'mix.exs > elixir' },
      build: ['mix deps.compile', 'mix compile', 'mix assets.deploy', 'mix release --overwrite'],
      ...{ start: '_build/prod/rel/shop/bin/server', release: '_build/prod/rel/shop/bin/migrate' },
    });
    const plain = await planOf({ 'mix.exs': 'app: :shop', '.tool-versions': 'elixir 1.15.7-otp-26\n' });
    expect([plain.start, plain.runtime.version]).toEqual(['_build/prod/rel/shop/bin/shop start', '1.15.7']);
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
  ])('with %j is started by its task, unless that is for development', async (files, start) => {
    const plan = await planOf(files as Record<string, string>);
    expect([plan.provider, plan.start]).toEqual(['deno', start]);
  });

  it('has its version from .deno-version, and its program from npm, in the image too', async () => {
    const plan = await planOf({ 'deno.json': '{}', 'main.ts': '', '.deno-version': '2.2.2\n' });
    expect([plan.runtime.version, plan.tools]).toEqual([
      '2.2.2',
      [{ name: 'deno', registry: 'npm', package: 'deno', version: '2.2.2', inImage: true }],
    ]);
  });
});

it('a lock file larger than planning reads says less, and stops no plan', async () => {
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

it('a site that Vite builds is served as files, and one by an adapter as its server', async () => {
  const site = (devDependencies: object) => JSON.stringify({ scripts: { build: 'vite build' }, devDependencies });
  expect(await planOf({ 'package.json': site({ vite: '7.0.0' }), 'index.html': '' })).toMatchObject({
    provider: 'node',
    site: { folder: 'dist', fallback: true, built: true },
    command: ['node', '.gantry/serve.mjs', 'dist'],
  });
  const adapter = site({ vite: '7.0.0', '@sveltejs/kit': '2.0.0', '@sveltejs/adapter-node': '5.0.0' });
  expect((await planOf({ 'package.json': adapter })).start).toBe('node build');
});

it('the published schema of gantry.json is the one that builds are held to', () => {
  expect(JSON.parse(readFileSync('docs/schema/gantry.json', 'utf8'))).toEqual(configSchema());
});
