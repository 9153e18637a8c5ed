import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { dockerfile, dockerignore } from '../../../layers/builder/dockerfile.ts';
import { buildxArguments } from '../../../layers/builder/engines/buildx.ts';
import { diskTree, memoryTree } from '../../../layers/builder/source-tree.ts';

const npmApp = () => planBuild(diskTree('test/fixtures/apps/node-npm'));

describe('the Dockerfile', () => {
  it('of a Node.js app installs from the lock file before it copies the source, and ships no root and no build tools', async () => {
    const plan = await npmApp();
    expect(dockerfile(plan, [])).toBe(`FROM node:24-slim AS build
WORKDIR /app
ENV PATH="/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COPY ["package.json","package-lock.json","./"]
RUN --mount=type=cache,target=/root/.npm ["sh","-c","npm ci"]
COPY . .
RUN --mount=type=cache,target=/root/.npm --mount=type=cache,target=/app/node_modules/.cache ["sh","-c","npm run build"]
RUN --mount=type=cache,target=/root/.npm ["sh","-c","npm prune --omit=dev"]

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV="production"
ENV PATH="/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COPY --from=build --chown=1000:1000 /app ./
USER 1000
CMD ["node","server.js"]
`);
    expect(dockerignore(plan)).toBe('.git\nnode_modules\n');
  });

  it.each([
    ['node-pnpm', ['RUN ["sh","-c","npm install --global --force pnpm@10.34.9"]', 'FROM node:24-slim']],
    ['node-yarn-berry', ['ENV YARN_NODE_LINKER="node-modules"', 'FROM node:24-slim']],
    ['python-pip', ['FROM python:3.11 AS build', 'FROM python:3.11-slim', 'CMD ["python","main.py"]']],
    ['python-uv', ['ENV UV_COMPILE_BYTECODE="1"', 'RUN ["sh","-c","python -m compileall -qq -j 0 . || true"]']],
    ['python-poetry', ['RUN ["sh","-c","pip install --no-cache-dir poetry==2.5.1 poetry-plugin-export==1.10.1"]']],
    ['go-mod', ['FROM golang:1.24 AS build', 'ENV CGO_ENABLED="0"', 'FROM alpine:3.22', 'CMD ["./out"]']],
  ])('of %s has its tools in the stage that builds alone', async (app, lines) => {
    const text = dockerfile(await planBuild(diskTree(`test/fixtures/apps/${app}`)), []);
    expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
    const [, last = ''] = text.split('\n\n');
    expect(last).not.toMatch(/RUN|YARN|CGO|PIP/);
  });

  it('of a static site only copies it', async () => {
    const plan = await planBuild(diskTree('test/fixtures/apps/static-site'));
    expect(dockerfile(plan, [])).toBe(`FROM node:24-slim AS build
WORKDIR /app
COPY . .

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV="production"
COPY --from=build --chown=1000:1000 /app ./
USER 1000
CMD ["node",".gantry/serve.mjs","public"]
`);
    expect(dockerignore(plan)).toBe('.git\n');
  });

  it('cannot be given instructions by a command of the app', async () => {
    const build = 'echo "a"\nFROM scratch\nRUN $HOME';
    const files = { 'package.json': '{}', 'server.js': '', 'gantry.json': JSON.stringify({ build: { build } }) };
    const text = dockerfile(await planBuild(memoryTree(files)), []);
    expect(text.split('\n').filter((line) => line.startsWith('FROM'))).toEqual([
      'FROM node:24-slim AS build',
      'FROM node:24-slim',
    ]);
    expect(text).toContain('["sh","-c","echo \\"a\\"\\nFROM scratch\\nRUN $HOME"]');
  });
});

it("the app's variables reach its commands as secrets, which neither a layer nor a history holds", async () => {
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
  expect(args.at(-1)).toBe('/build/source');
  expect(args.join(' ')).not.toMatch(/Basic x|a-value/);
});
