import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { registryAnswers } from './images.ts';
import { startRegistry, temporaryFolder } from './peers.ts';
import { server, twice, writeApp } from './twice.ts';

const LIMIT_MS = patience(120_000);
const isOnline = await registryAnswers();

/** Stands in for a tool of npm: it copies `from` to `to`. */
const tool = (name: string, bin: string, from: string, to: string) => ({
  [`${bin}/package.json`]: { name, version: '1.0.0', bin: { [bin]: 'run.cjs' } },
  [`${bin}/run.cjs`]: `#!/usr/bin/env node\nconst { cpSync } = require('node:fs');\nif (process.argv[2] === 'build') cpSync('${from}', '${to}');\n`,
});
const plain = (manifest: object) => ({
  'package.json': { scripts: { start: 'node s.js' }, ...manifest },
  's.js': server("'v1'"),
});

interface Case {
  readonly title: string;
  readonly files: Readonly<Record<string, string | object>>;
  /** The file in which one character changes. */
  readonly file: string;
  readonly asked?: Parameters<typeof twice>[4];
  /** The expected plan: the start command, the version of the runtime and its source. */
  readonly start?: string;
  readonly version?: readonly [version: string, source: string];
  /** Whether the install requests a registry of packages. */
  readonly isFetching?: true;
}

/** A Python server that answers a version if its dependency is installed. */
const PYTHON_SERVER = `import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from itsdangerous import URLSafeSerializer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'v1')

server = HTTPServer(('', int(os.environ['PORT'])), Handler)
print(f'listening on {server.server_port}', flush=True)
server.serve_forever()
`;

const CASES: readonly Case[] = [
  {
    title: 'A02: a NestJS app, whose own tool is for development',
    files: {
      ...tool('@nestjs/cli', 'nest', 'src/main.js', 'dist/main.js'),
      'src/main.js': server("'v1'"),
      'package.json': {
        scripts: { build: 'nest build', start: 'nest start' },
        dependencies: { '@nestjs/core': 'file:core' },
        devDependencies: { '@nestjs/cli': 'file:nest' },
      },
      'core/package.json': { name: '@nestjs/core', version: '11.0.0' },
    },
    ...{ file: 'src/main.js', start: 'node dist/main' },
  },
  {
    title: 'A04 and A05: a single-page app that starts with its development server, by a deep link',
    files: {
      ...tool('vite', 'vite', 'index.html', 'dist/index.html'),
      'index.html': 'v1',
      'package.json': { scripts: { build: 'vite build', start: 'vite' }, devDependencies: { vite: 'file:vite' } },
    },
    ...{ file: 'index.html', asked: { path: '/users/42' }, start: 'node .gantry/serve.mjs dist' },
  },
  {
    title: 'A07: a version of Node.js after comments',
    files: { ...plain({}), '.nvmrc': '# why\r\n\r\n20 # pinned\r\n' },
    ...{ file: 's.js', version: ['20', '.nvmrc'] },
  },
  {
    title: 'A08: a range of versions',
    files: plain({ engines: { node: '18.x - 22.x' } }),
    ...{ file: 's.js', version: ['22', 'package.json > engines > node'] },
  },
  {
    title: 'A09: a version in the place of a current tool',
    files: plain({ devEngines: { runtime: [{ name: 'node', version: '22.x', onFail: 'ignore' }] } }),
    ...{ file: 's.js', version: ['22', 'package.json > devEngines > runtime'] },
  },
  {
    title: 'A10: a Python app without a build system, next to folders that would be packages',
    files: {
      'pyproject.toml': '[project]\nname = "hello"\nversion = "0.1.0"\ndependencies = ["itsdangerous==2.2.0"]\n',
      'main.py': PYTHON_SERVER,
      ...{ 'app/views.py': '', 'static/site.css': '', 'migrations/one.sql': '' },
    },
    ...{ file: 'main.py', start: 'python main.py', isFetching: true },
  },
  {
    title: 'A13: a worker next to a web service, with its own line in the Procfile',
    files: {
      'package.json': {},
      Procfile: 'web: node web.js\nworker: node worker.js\nrelease: node migrate.js\n',
      'web.js': server("'web'"),
      'worker.js': server("'v1'"),
    },
    ...{ file: 'worker.js', asked: { service: { name: 'jobs', kind: 'worker' } }, start: 'node worker.js' },
  },
];

describe('deploys twice, with one character changed in between:', () => {
  for (const { title, files, file, asked, start, version, isFetching = false } of CASES) {
    (isFetching && !isOnline ? it.skip : it.concurrent)(
      title,
      async () => {
        await using registry = await startRegistry();
        await using folder = await temporaryFolder();
        const app = await writeApp(join(folder.path, 'app'), files);
        const { answers, plan } = await twice(registry, folder.path, app, file, asked);
        expect(answers).toEqual(['v1', 'v2']);
        if (start !== undefined) expect(plan?.start).toBe(start);
        if (version !== undefined) expect([plan?.runtime.version, plan?.runtime.versionSource]).toEqual(version);
      },
      LIMIT_MS,
    );
  }
});
