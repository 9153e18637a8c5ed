import { describe, expect, it } from '@jest/globals';
import { draftPlan, planBuild } from '../../../layers/builder/detect.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

const json = (value: object) => JSON.stringify(value);

describe('a workspace of Nx', () => {
  const project = (name: string, build: object, serve: string) =>
    json({ name, projectType: 'application', targets: { build, serve: { executor: serve } } });
  const api = {
    executor: '@nx/webpack:webpack',
    options: { main: 'apps/api/src/main.ts' },
    configurations: { production: {} },
  };
  const files = {
    'nx.json': '{ "defaultProject": "api", // the app to serve\n }',
    'package.json': json({
      scripts: { start: 'nx serve', build: 'nx build' },
      dependencies: { express: '5.1.0' },
      devDependencies: { nx: '22.0.0' },
    }),
    'package-lock.json': '{}',
    'apps/api/project.json': project('api', api, '@nx/js:node'),
    'apps/shop/project.json': project('shop', { executor: '@nx/vite:build' }, '@nx/vite:dev-server'),
    'libs/ui/project.json': json({
      name: 'ui',
      projectType: 'library',
      targets: { build: { executor: '@nx/js:tsc' } },
    }),
  };

  it('builds a project with its runner, and starts the result in the root of the workspace', async () => {
    const plan = await planBuild(memoryTree(files), undefined, 'apps/api');
    expect(plan).toMatchObject({
      ...{ root: '.', folder: '.', install: ['npm ci'], build: ['nx run api:build:production'] },
      ...{ prune: ['npm prune --omit=dev'], start: 'node dist/apps/api/main.js' },
      startSource: 'apps/api/project.json > targets',
    });
    expect(await planBuild(memoryTree(files))).toMatchObject({ start: plan.start, build: plan.build });
  });

  it('serves the files of a project that makes a site', async () => {
    expect(await planBuild(memoryTree(files), undefined, 'apps/shop')).toMatchObject({
      ...{ build: ['nx run shop:build'], site: { folder: 'dist/apps/shop', fallback: true, built: true } },
    });
  });

  it('asks for the project if several start and none is the default', async () => {
    const { missing } = await draftPlan(memoryTree({ ...files, 'nx.json': '{}' }));
    expect(missing).toMatch(/several apps that start \(apps\/api, apps\/shop\); set the service's root folder/);
  });

  it('starts a project with its own start target, unless that is a development server', async () => {
    const own = (command: string) =>
      json({ targets: { build: api, start: { executor: 'nx:run-commands', options: { commands: [{ command }] } } } });
    const startOf = async (command: string) =>
      (await draftPlan(memoryTree({ ...files, 'apps/api/project.json': own(command) }), undefined, 'apps/api')).plan
        .start;
    expect(await startOf('node tools/run.js')).toBe('node tools/run.js');
    expect(await startOf('nx serve api')).toBeUndefined();
  });
});

describe('a workspace of moon', () => {
  const files = {
    'package.json': json({ workspaces: ['packages/*'], devDependencies: { '@moonrepo/cli': '1.41.0' } }),
    'package-lock.json': '{}',
    '.moon/workspace.yml': 'projects:\n  backend: packages/server\n  client: packages/client\n',
    '.moon/toolchain.yml': 'node:\n  version: 22.14.0\n',
    'packages/server/package.json': json({ name: 'server', dependencies: { express: '5.1.0' } }),
    'packages/server/moon.yml':
      'tasks:\n  dev:\n    command: nodemon index.ts\n  compile:\n    command: tsc -p .\n  start:\n    command: node\n    args: [dist/index.js]\n',
    'packages/client/package.json': json({ name: 'client' }),
    'packages/client/moon.yml': 'tasks:\n  start:\n    command: vite\n',
  };

  it('builds and starts a project with its tasks, on the Node.js of the toolchain', async () => {
    const plan = await planBuild(memoryTree(files), undefined, 'packages/server');
    expect(plan).toMatchObject({
      ...{ root: '.', folder: 'packages/server', build: ['cd packages/server && moon run backend:compile'] },
      ...{ start: 'node dist/index.js', startSource: 'packages/server/moon.yml > tasks' },
      runtime: { version: '22.14.0', versionSource: '.moon/toolchain.yml > node > version' },
    });
    expect((await planBuild(memoryTree(files))).start).toBe(plan.start);
  });

  it('never starts a project with a development server', async () => {
    expect((await draftPlan(memoryTree(files), undefined, 'packages/client')).plan.start).toBeUndefined();
  });
});
