import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { baseImage } from '../../../layers/builder/base-images.ts';
import { planBuild } from '../../../layers/builder/detect.ts';
import { dockerfile, dockerignore } from '../../../layers/builder/dockerfile.ts';
import { buildxArguments } from '../../../layers/builder/engines/buildx.ts';
import { diskTree, memoryTree } from '../../../layers/builder/source-tree.ts';
import { unless } from '../../unless.ts';

const OFFICIAL = 'public.ecr.aws/docker/library';
const npmApp = () => planBuild(diskTree('test/fixtures/apps/node-npm'));

describe('the Dockerfile', () => {
  it('of a Node.js app installs from the lock file before it copies the source, and its image has no root user and no build tools', async () => {
    const plan = await npmApp();
    expect(
      dockerfile(plan, []),
    ).toBe(`# Known by its tag alone, not by a digest: public.ecr.aws/docker/library/node:24-slim
FROM public.ecr.aws/docker/library/node:24-slim AS build
WORKDIR /app
ENV PATH="/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COPY ["package.json","package-lock.json","./"]
RUN --mount=type=cache,target=/root/.npm ["sh","-c","npm ci"]
COPY . .
RUN --mount=type=cache,target=/root/.npm --mount=type=cache,target=/app/node_modules/.cache ["sh","-c","npm run build"]
RUN --mount=type=cache,target=/root/.npm ["sh","-c","npm prune --omit=dev"]

FROM public.ecr.aws/docker/library/node:24-slim
ENV NODE_ENV="production"
ENV PATH="/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LABEL org.opencontainers.image.base.name="public.ecr.aws/docker/library/node:24-slim"
COPY --from=build --chown=1000:1000 /app /app
WORKDIR /app
USER 1000
CMD ["node","server.js"]
`);
    expect(dockerignore(plan)).toBe('.git\nnode_modules\n');
  });

  it.each([
    ['node-pnpm', ['RUN ["sh","-c","npm install --global --force pnpm@10.34.9"]', `FROM ${OFFICIAL}/node:24-slim`]],
    ['node-yarn-berry', ['ENV YARN_NODE_LINKER="node-modules"', `FROM ${OFFICIAL}/node:24-slim`]],
    [
      'python-pip',
      [
        `FROM ${OFFICIAL}/python:3.11-bookworm AS build`,
        `FROM ${OFFICIAL}/python:3.11-slim-bookworm`,
        'CMD ["python","main.py"]',
      ],
    ],
    ['python-uv', ['ENV UV_COMPILE_BYTECODE="1"', 'RUN ["sh","-c","python -m compileall -qq -j 0 . || true"]']],
    ['python-poetry', ['RUN ["sh","-c","pip install --no-cache-dir poetry==2.5.1 poetry-plugin-export==1.10.1"]']],
    [
      'go-mod',
      [`FROM ${OFFICIAL}/golang:1.24 AS build`, 'ENV CGO_ENABLED="0"', `FROM ${OFFICIAL}/alpine:3.22`, 'CMD ["./out"]'],
    ],
    [
      'rust-plain',
      [`FROM ${OFFICIAL}/rust:1.95-bookworm AS build`, `FROM ${OFFICIAL}/debian:bookworm-slim`, 'CMD ["./bin/hello"]'],
    ],
    [
      'php-composer',
      ['FROM base AS build', 'FROM base', `COPY --from=${OFFICIAL}/composer:2 /usr/bin/composer /usr/bin/`],
    ],
    ['ruby-plain', [`FROM ${OFFICIAL}/ruby:3.4-slim-bookworm`, 'ENV LD_PRELOAD="libjemalloc.so.2"']],
    ['java-maven', [`FROM ${OFFICIAL}/maven:3-eclipse-temurin-17 AS build`, `FROM ${OFFICIAL}/eclipse-temurin:17-jre`]],
    [
      'elixir-plug',
      [`FROM ${OFFICIAL}/elixir:1.18 AS build`, 'ENV MIX_ENV="prod"', `FROM ${OFFICIAL}/debian:bookworm-slim`],
    ],
    ['deno-plain', [`FROM ${OFFICIAL}/node:24-slim AS build`, `FROM ${OFFICIAL}/debian:bookworm-slim`]],
  ])('of %s has its tools only in the build stage', async (app, lines) => {
    const text = dockerfile(await planBuild(diskTree(`test/fixtures/apps/${app}`)), []);
    expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
    const last = text.split('\n\n').at(-1) ?? '';
    expect(last).not.toMatch(/YARN|CGO|PIP|COMPOSER_|CARGO/);
    expect(last.match(/^RUN .*$/gm) ?? []).toEqual(
      last.includes('apt-get') ? [expect.stringContaining('apt-get install')] : [],
    );
    expect(last).toContain('\nUSER 1000\n');
  });

  it('of a static site only copies it', async () => {
    const plan = await planBuild(diskTree('test/fixtures/apps/static-site'));
    expect(
      dockerfile(plan, []),
    ).toBe(`# Known by its tag alone, not by a digest: public.ecr.aws/docker/library/node:24-slim
FROM public.ecr.aws/docker/library/node:24-slim AS build
WORKDIR /app
COPY . .

FROM public.ecr.aws/docker/library/node:24-slim
ENV NODE_ENV="production"
LABEL org.opencontainers.image.base.name="public.ecr.aws/docker/library/node:24-slim"
COPY --from=build --chown=1000:1000 /app /app
WORKDIR /app
USER 1000
CMD ["node",".gantry/serve.mjs","public"]
`);
    expect(dockerignore(plan)).toBe('.git\n');
  });

  it('gets no instruction from a command of the app', async () => {
    const build = 'echo "a"\nFROM scratch\nRUN $HOME';
    const files = { 'package.json': '{}', 'server.js': '', 'gantry.json': JSON.stringify({ build: { build } }) };
    const text = dockerfile(await planBuild(memoryTree(files)), []);
    expect(text.split('\n').filter((line) => line.startsWith('FROM'))).toEqual([
      `FROM ${OFFICIAL}/node:24-slim AS build`,
      `FROM ${OFFICIAL}/node:24-slim`,
    ]);
    expect(text).toContain('["sh","-c","echo \\"a\\"\\nFROM scratch\\nRUN $HOME"]');
  });

  it('has the same number of instructions for all names of commands, files and packages', async () => {
    const hostile = fc.string({
      unit: fc.constantFrom('"', "'", '\\', '\n', '\r', '$(x)', '`', `\${A}`, ' ', '#', 'RUN ', '\u2028', 'é'),
    });
    const command = fc.string({ minLength: 1, maxLength: 5 }).map((text) => `a${text}`);
    const given = fc.record({ build: fc.tuple(hostile, command), start: fc.tuple(command, hostile), name: hostile });
    await fc.assert(
      fc.asyncProperty(given, async ({ build, start, name }) => {
        const lines = { build: `x${build.join('')}`, start: `x${start.join('')}` };
        for (const files of [
          { 'package.json': '{}', 'server.js': '' },
          { 'pyproject.toml': `[project]\ndependencies = [${JSON.stringify(`a${name}`)}]\n`, 'main.py': '' },
          { 'Cargo.toml': `[package]\nname = ${JSON.stringify(`a${name}`)}\n`, 'src/main.rs': '' },
        ]) {
          const config = JSON.stringify({ build: { build: lines.build }, start: lines.start });
          const plan = await planBuild(memoryTree({ ...files, 'gantry.json': config }));
          const plain = { ...plan, install: plan.install.map(() => 'x'), build: ['x'], command: ['x'] };
          const kinds = (text: string) => text.split('\n').map((line) => line.split(' ')[0]);
          const text = dockerfile(plan, []);
          expect(kinds(text)).toEqual(kinds(dockerfile(plain, [])));
          const run = text
            .split('\n')
            .find((line) => line.startsWith('RUN') && line.includes(JSON.stringify(plan.build.at(-1))));
          expect(JSON.parse(run?.slice(run.indexOf('[')) ?? '')).toEqual(['sh', '-c', lines.build.trim()]);
        }
      }),
    );
  });

  it('of a Ruby app lets every start command find its gems, but no command before they are installed', async () => {
    const plan = await planBuild(memoryTree({ Gemfile: '', Procfile: 'web: puma\n' }));
    const [build = '', last = ''] = dockerfile(plan, []).split('\n\n');
    const found = ['ENV RUBYOPT="-rbundler/setup"', 'ENV PATH="/app/vendor/bundle/bin:/usr/local/sbin:'];
    expect(found.map((line) => [build.includes(line), last.includes(line)])).toEqual([
      [false, true],
      [true, true],
    ]);
  });

  it('installs missing system packages before it copies the source, and removes the compiler of extensions', async () => {
    const app = { 'requirements.txt': 'psycopg2\n', 'main.py': '' };
    const lines = dockerfile(await planBuild(memoryTree(app)), []).split('\n');
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    expect(at('libpq-dev')).toBeLessThan(at('COPY ["requirements.txt"'));
    expect(at('libpq5')).toBeGreaterThan(at('FROM public.ecr.aws/docker/library/python:3.13-slim-bookworm'));
    const php = await planBuild(
      memoryTree({ 'index.php': '', 'composer.json': '{ "require": { "ext-gd": "*", "ext-redis": "*" } }' }),
    );
    const [base = '', build = ''] = dockerfile(php, []).split('\n\n');
    for (const step of [
      'libjpeg62-turbo-dev',
      'docker-php-ext-configure gd --with-freetype',
      'pecl install redis',
      'apt-get purge',
    ]) {
      expect(base).toContain(step);
    }
    expect(build).not.toContain('docker-php-ext-install');
  });

  it('is based on images that anybody may pull, each pinned to its digest in the table', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(baseImage('node:24-slim', { 'node:24-slim': digest })).toBe(`${OFFICIAL}/node:24-slim@${digest}`);
    expect(baseImage('node:24-slim', { 'node:24-slim': '' })).toBe(`${OFFICIAL}/node:24-slim`);
    expect(baseImage('toString', {})).toBe(`${OFFICIAL}/toString`);
  });
});

const hadolint = spawnSync('hadolint', ['--version']).status === 0;

/** Rules of hadolint that do not apply here, each with the reason. */
const IGNORED = {
  DL3008: 'the base image, which its digest pins, fixes the versions of Debian packages',
  DL3059: 'each command is a step of its own, so that BuildKit caches steps that did not change',
  DL4006: 'the shell of the images has no pipefail, and only the last program of each pipe matters',
};

unless(hadolint ? undefined : 'there is no hadolint')(
  'hadolint finds nothing in the Dockerfiles of our apps except the listed rules',
  async () => {
    const ignored = Object.keys(IGNORED).flatMap((rule) => ['--ignore', rule]);
    for (const app of readdirSync('test/fixtures/apps')) {
      const plan = await planBuild(diskTree(`test/fixtures/apps/${app}`)).catch(() => undefined);
      if (plan === undefined) continue;
      const { stdout } = spawnSync('hadolint', [...ignored, '--no-color', '-'], {
        input: dockerfile(plan, ['API_KEY']),
      });
      expect([app, String(stdout)]).toEqual([app, '']);
    }
  },
);

it("the app's variables reach its commands as secrets, and neither a layer nor the history holds them", async () => {
  const text = dockerfile(await npmApp(), ['API_KEY', 'NODE_ENV']);
  const secret = (name: string) => `--mount=type=secret,id=${name},env=${name}`;
  const lines = text.split('\n');
  expect(lines.find((line) => line.includes('npm ci'))).toContain(secret('API_KEY'));
  expect(lines.find((line) => line.includes('npm ci'))).not.toContain('NODE_ENV');
  const build = lines.findIndex((line) => line.includes('npm run build'));
  expect(lines[build]).toContain(`${secret('API_KEY')} ${secret('NODE_ENV')}`);
  expect(lines[build - 1]).toBe('ARG GANTRY_VARIABLES');
  expect(lines.filter((line) => /^ENV (?!PATH)|^ARG/.test(line))).toEqual([
    'ARG GANTRY_VARIABLES',
    'ENV NODE_ENV="production"',
  ]);
});

it('BuildKit pushes one platform manifest by digest, with its cache in another repository and no value in its arguments', () => {
  const job = {
    root: '/build/source',
    scratch: '/work',
    repository: { uri: 'registry.example.com/apps/hello', authorization: 'Basic x' },
    cacheRepository: 'registry.example.com/cache',
    environment: {},
    variables: { API_KEY: 'a-value' },
    timeoutMs: 1000,
    signal: AbortSignal.abort(),
    print: () => undefined,
  };
  const args = buildxArguments(job, {
    dockerfile: '/build/Dockerfile',
    metadata: '/build/metadata.json',
    labels: { 'dev.gantry.provider': 'node' },
    secrets: ['API_KEY'],
    arguments: { GANTRY_VARIABLES: 'abc' },
    target: 'web',
  });
  const after = (option: string) => args[args.indexOf(option) + 1];
  expect(args.slice(0, 2)).toEqual(['buildx', 'build']);
  expect(after('--output')).toBe(
    'type=image,name=registry.example.com/apps/hello,push=true,push-by-digest=true,name-canonical=true',
  );
  expect([after('--provenance'), after('--sbom')]).toEqual(['false', 'false']);
  expect(after('--cache-from')).toBe('type=registry,ref=registry.example.com/cache:cache');
  expect(after('--label')).toBe('dev.gantry.provider=node');
  expect(after('--secret')).toBe('id=API_KEY,env=GANTRY_SECRET_API_KEY');
  expect(after('--build-arg')).toBe('GANTRY_VARIABLES=abc');
  expect(after('--target')).toBe('web');
  expect(args.at(-1)).toBe('/build/source');
  expect(args.join(' ')).not.toMatch(/Basic x|a-value/);
});
