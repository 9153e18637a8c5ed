import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

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

  it('that wraps a C library is built with a C compiler, and runs on a Debian image with that library', async () => {
    const module = 'module x\ngo 1.24\nrequire (\n\tgithub.com/mattn/go-sqlite3 v1.14.0\n)\n';
    const plan = await planOf({ 'go.mod': module, 'main.go': 'package main\n' });
    expect([plan.build[0]?.split(' ')[0], plan.packages.run]).toEqual(['CGO_ENABLED=1', ['ca-certificates']]);
    const indirect = module.replace('v1.14.0', 'v1.14.0 // indirect');
    expect((await planOf({ 'go.mod': indirect, 'main.go': 'package main\n' })).packages.run).toEqual([]);
  });

  it('in a folder of a workspace or of a module is built in the root of that, and starts in its own folder', async () => {
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

  it('is built from its lock file, and its programs are in bin', async () => {
    const plan = await planOf({ ...cargo(''), ...MAIN, 'src/bin/job.rs': '' });
    expect(plan).toMatchObject({
      ...{ start: './bin/shop', packageManager: 'cargo', prune: ['rm -rf target'] },
      build: ['cargo build --release --locked', 'mkdir -p bin && cp target/release/shop target/release/job bin/'],
    });
    expect((await planOf({ ...cargo('default-run = "job"\n'), ...MAIN, 'src/bin/job.rs': '' })).start).toBe(
      './bin/job',
    );
  });

  it('builds its dependencies from the manifest alone, unless one of them is a folder', async () => {
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

  it('on a nightly channel is built with the toolchain that it names, and a note says so', async () => {
    const toolchain = '[toolchain]\nchannel = "nightly-2024-08-12"\n';
    const plan = await planOf({ ...cargo(''), ...MAIN, 'rust-toolchain.toml': toolchain });
    expect(plan.notes).toEqual(['the build downloads the toolchain nightly-2024-08-12 from rust-lang.org']);
  });

  it('in a workspace is the member that has a program, built in the root of the workspace', async () => {
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

  it('with Spring Boot listens on PORT, and is built by its own wrapper', async () => {
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

  it("that Gradle's application plugin installs starts with the script of the plugin", async () => {
    const files = {
      'settings.gradle.kts': 'rootProject.name = "shop"\ninclude("web")',
      'web/build.gradle.kts': 'plugins {\n  application\n}',
    };
    const plan = await planOf({ ...files, 'build.gradle.kts': '' });
    expect([plan.build.length, plan.start]).toEqual([1, 'web/build/install/web/bin/web']);
  });
});

describe('an Elixir app', () => {
  it("is a release that starts with Phoenix's script, and its own migration is the release command", async () => {
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
