import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BuildError } from '../../../layers/builder/build-error.ts';
import { planBuild } from '../../../layers/builder/detect.ts';
import { dockerfile } from '../../../layers/builder/dockerfile.ts';
import { diskTree, memoryTree } from '../../../layers/builder/source-tree.ts';
import { temporaryFolder } from './peers.ts';

/** Texts that are harmful if a shell, a Dockerfile or a parser reads them as more than text. */
const evil = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    'x\nRUN id',
    '$(touch /tmp/p)',
    '`id`',
    "a' && id #",
    'a" ] \nFROM scratch\n',
    '../../etc/passwd',
    '/etc/passwd',
    '__proto__',
    'constructor',
    '\\\n',
    '%s$IFS',
    'a;id|id&',
  ),
);
const version = fc.oneof(evil, fc.constantFrom('>=18', '22.x', 'lts/*', '99', '1'.repeat(500), '>'.repeat(500)));
const manifest = fc
  .record(
    {
      name: evil,
      main: evil,
      packageManager: fc.oneof(
        evil,
        evil.map((text) => `pnpm@${text}`),
      ),
      engines: fc.dictionary(fc.constantFrom('node', 'pnpm', 'yarn', 'bun'), version),
      scripts: fc.dictionary(fc.oneof(fc.constantFrom('start', 'build', 'postinstall', 'start:prod'), evil), evil),
      dependencies: fc.dictionary(fc.oneof(fc.constantFrom('next', 'astro', 'vite', '@nestjs/core'), evil), version),
      workspaces: fc.oneof(fc.array(evil, { maxLength: 4 }), evil),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));
const config = fc
  .record(
    { start: evil, release: evil, static: fc.record({ folder: evil }), build: fc.record({ build: evil, root: evil }) },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));
const file = fc.oneof(evil, fc.json(), fc.string({ maxLength: 200 }));
const source = fc.record(
  {
    'package.json': fc.oneof(manifest, manifest, manifest, file),
    'gantry.json': config,
    Procfile: fc.oneof(
      evil.map((text) => `web: ${text}\n`),
      file,
    ),
    '.nvmrc': version,
    'mise.toml': file,
    '.tool-versions': version.map((text) => `nodejs ${text}\n`),
    'pnpm-workspace.yaml': fc.oneof(
      evil.map((text) => `packages:\n  - ${text}\n`),
      file,
    ),
    'pnpm-lock.yaml': file,
    'angular.json': file,
    'nx.json': file,
    'project.json': fc.oneof(
      file,
      evil.map((text) =>
        JSON.stringify({
          name: text,
          targets: { build: { executor: '@nx/vite:build', options: { outputPath: text } }, start: { command: text } },
        }),
      ),
    ),
    '.moon/workspace.yml': file,
    'next.config.js': evil.map((text) => `module.exports = { output: 'export', distDir: '${text}' }`),
    'vite.config.js': evil.map((text) => `export default { build: { outDir: "${text}" } }`),
    Staticfile: evil.map((text) => `root: ${text}\n`),
    'index.html': fc.constant(''),
  },
  { requiredKeys: ['package.json'] },
);

describe('a hostile source', () => {
  it('gets a plan or an error that says what to do, always the same, and adds no instructions to the Dockerfile', async () => {
    await fc.assert(
      fc.asyncProperty(source, async (files) => {
        const planned = async () => {
          try {
            return await planBuild(memoryTree(files as Record<string, string>));
          } catch (error) {
            if (!(error instanceof BuildError)) throw error;
            return error.message;
          }
        };
        const plan = await planned();
        expect(await planned()).toEqual(plan);
        if (typeof plan === 'string') return;
        const paths = [
          plan.root,
          plan.folder,
          plan.site?.folder ?? '.',
          ...plan.installInputs,
          ...plan.dependencyFolders,
        ];
        for (const path of paths) expect(path).not.toMatch(/^\/|(^|\/)\.\.(\/|$)/);
        const words = dockerfile(plan, [])
          .trim()
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => line.split(' ')[0]);
        expect(
          words.filter((word) => !/^(#.*|FROM|WORKDIR|ENV|COPY|RUN|ARG|USER|CMD|LABEL|EXPOSE)$/.test(word ?? '')),
        ).toEqual([]);
        expect(words.filter((word) => word === 'FROM').length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 300 },
    );
  });

  it('lets planning read nothing outside of its folder, and no huge file as a whole', async () => {
    await using folder = await temporaryFolder();
    const app = join(folder.path, 'app');
    const write = async (path: string, content: string) => {
      await mkdir(dirname(join(app, path)), { recursive: true });
      await writeFile(join(app, path), content);
    };
    await writeFile(join(folder.path, 'secret'), '{ "scripts": { "start": "node secret.js" } }');
    await mkdir(app);
    await symlink('../secret', join(app, 'package.json'));
    await symlink('..', join(app, 'public'));
    await write('index.js', '');
    expect((await planBuild(diskTree(app))).start).toBe('node index.js');
    const large = join(folder.path, 'large');
    await mkdir(large);
    await writeFile(
      join(large, 'package.json'),
      `{ "scripts": { "start": "node s.js" }, "x": "${'x'.repeat(10_000_000)}" }`,
    );
    await expect(planBuild(diskTree(large))).rejects.toThrow('package.json is larger than 1 MB; make it smaller');
    await writeFile(join(large, 'package.json'), '{ "scripts": { "start": "node s.js" } }');
    await writeFile(join(large, 'pnpm-lock.yaml'), `lockfileVersion: '6.0'\n${'#'.repeat(10_000_000)}`);
    expect((await planBuild(diskTree(large))).tools).toMatchObject([{ name: 'pnpm', version: '8.15.9' }]);
  });
});
