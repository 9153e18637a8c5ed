import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { reportOf } from '../../../layers/builder/report.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

const json = (value: object) => JSON.stringify(value);

async function portOf(files: Readonly<Record<string, string>>): Promise<readonly (number | string | undefined)[]> {
  const { settings, decisions } = await planBuild(memoryTree(files));
  const source = decisions.find(({ part }) => part === 'port')?.source;
  return settings?.port === undefined ? [] : [settings.port, source];
}

const script = (start: string, more: object = {}) => ({ 'package.json': json({ scripts: { start }, ...more }) });

describe('an app with a fixed port', () => {
  it.each<[string, Record<string, string>, number, string]>([
    [
      'in the source of a compiled file',
      {
        ...script('node dist/index.js'),
        'src/index.ts': 'serve({ fetch: app.fetch, port: 3000 }, (info) => console.log(info.port));\n',
      },
      3000,
      'src/index.ts',
    ],
    ['in a Node.js file', { 'server.js': 'const port = 4000;\napp.listen(port);' }, 4000, 'server.js'],
    ['in an option of its script', script('next start -p 3100'), 3100, 'package.json > scripts > start'],
    ['in a variable of its script', script('PORT=5000 node x.js'), 5000, 'package.json > scripts > start'],
    [
      'in an option in its Procfile',
      { 'main.py': '', Procfile: 'web: uvicorn main:app --host 0.0.0.0 --port 8001\n' },
      8001,
      'Procfile > web',
    ],
    ['in a Python file', { 'main.py': "app.run(host='0.0.0.0', port=5001)\n" }, 5001, 'main.py'],
    [
      'in a Go program',
      {
        'go.mod': 'module x\n\ngo 1.26\n',
        'main.go': 'package main\n\nfunc main() { http.ListenAndServe(":8090", nil) }\n',
      },
      8090,
      '.',
    ],
    [
      'in gantry.json',
      { 'main.py': 'app.run(port=5001)\n', 'gantry.json': json({ port: 7000 }) },
      7000,
      'gantry.json > port',
    ],
  ])('%s gets requests on that port', async (_, files, port, source) => {
    expect(await portOf(files)).toEqual([port, source]);
  });

  it.each<[string, Record<string, string>]>([
    ['has a default next to PORT', { 'server.js': 'app.listen(process.env.PORT || 3000)' }],
    ['listens on a bare number', { 'server.js': "require('http').createServer(f).listen(4000, '::');" }],
    ['names several ports', { 'server.js': 'serve({ port: 3000 }); serve({ port: 3001 })' }],
    ['names a port that only root may open', { 'server.js': 'app.listen(443)' }],
    ['names the port of another server', { 'server.js': 'app.listen(p)', 'db.js': 'connect({ port: 5432 })' }],
    ['has a default in its shell command', { Procfile: `web: gunicorn -b 0.0.0.0:\${PORT:-8000} a:b\n`, 'app.py': '' }],
    ['makes a site of files', { 'index.html': '' }],
  ])('gets the platform’s port if it %s', async (_, files) => {
    expect(await portOf(files)).toEqual([]);
  });
});

it('A health check in gantry.json counts if the service has none', async () => {
  const plan = await planBuild(memoryTree({ 'main.py': '', 'gantry.json': json({ health: '/healthz' }) }));
  expect(plan.settings).toEqual({ healthPath: '/healthz' });
  expect(plan.decisions).toContainEqual({ part: 'health', value: '/healthz', source: 'gantry.json > health' });
});

describe('a setting in gantry.json for one environment', () => {
  const files = {
    'package.json': json({ scripts: { start: 'node s.js', build: 'make' } }),
    'gantry.json': json({
      start: 'node all.js',
      versions: { node: '22' },
      build: { install: 'make deps', build: 'make all' },
      environments: {
        staging: { start: 'node staging.js', port: 4000, build: { build: 'make quick' } },
        preview: { build: { root: 'apps/web' } },
      },
    }),
  };
  const planIn = (environment?: string) =>
    planBuild(memoryTree(files), { installCommand: null, buildCommand: null, environment });

  it('replaces the general one, field by field, and the plan says so', async () => {
    const plan = await planIn('staging');
    expect(plan).toMatchObject({
      ...{ start: 'node staging.js', install: ['make deps'], build: ['make quick'], settings: { port: 4000 } },
      runtime: { version: '22', versionSource: 'gantry.json > versions > node' },
    });
    const sources = Object.fromEntries(plan.decisions.map(({ part, source }) => [part, source]));
    expect(sources).toMatchObject({
      start: 'gantry.json > environments > staging > start',
      build: 'gantry.json > environments > staging > build > build',
      install: 'gantry.json > build > install',
      port: 'gantry.json > environments > staging > port',
    });
  });

  it('has no effect in other environments', async () => {
    for (const name of [undefined, 'production', 'toString', '__proto__'])
      expect(await planIn(name)).toMatchObject({ start: 'node all.js', build: ['make all'] });
  });

  it('is refused if an environment cannot have it', async () => {
    const wrong = { ...files, 'gantry.json': json({ environments: { staging: { provider: 'go' } } }) };
    await expect(planBuild(memoryTree(wrong))).rejects.toThrow(/^gantry\.json is not valid: environments\.staging: /);
  });
});

it('Watch paths in gantry.json are in the plan, with their source', async () => {
  const watchPaths = ['apps/web/**', '!**/*.md'];
  const plan = await planBuild(memoryTree({ 'main.py': '', 'gantry.json': json({ watchPaths }) }));
  expect(plan.settings).toEqual({ watchPaths });
  expect(reportOf(plan)).toMatchObject({ watchPaths });
  expect(plan.decisions).toContainEqual({
    ...{ part: 'watch paths', value: 'apps/web/**, !**/*.md', source: 'gantry.json > watchPaths' },
  });
  const outside = memoryTree({ 'main.py': '', 'gantry.json': json({ watchPaths: ['../x'] }) });
  await expect(planBuild(outside)).rejects.toThrow(
    'gantry.json is not valid: watchPaths.0: must be a pattern of paths',
  );
});

describe('cron of gantry.json', () => {
  const planOf = (config: object, kind?: string, environment?: string) =>
    planBuild(memoryTree({ 'main.py': '', 'gantry.json': json(config) }), {
      ...{ installCommand: null, buildCommand: null, environment },
      ...(kind !== undefined && { service: { name: 'nightly', kind } }),
    });

  it.each<[unknown, object, string]>([
    ['0 3 * * MON-FRI', { schedule: '0 3 * * 1-5' }, '0 3 * * 1-5'],
    [
      { schedule: '@daily', timezone: 'Europe/Berlin' },
      { schedule: '0 0 * * *', timezone: 'Europe/Berlin' },
      '0 0 * * *, in Europe/Berlin',
    ],
  ])('gives a cron service its schedule: %j', async (cron, settings, value) => {
    const plan = await planOf({ cron }, 'cron');
    expect(plan.settings).toEqual(settings);
    expect(reportOf(plan)).toMatchObject(settings);
    expect(plan.decisions).toContainEqual({ part: 'schedule', value, source: 'gantry.json > cron' });
  });

  it('may differ in one environment', async () => {
    const config = { cron: '@daily', environments: { staging: { cron: '@hourly' } } };
    expect((await planOf(config, 'cron', 'staging')).settings).toEqual({ schedule: '0 * * * *' });
  });

  it('has no effect on a service of another kind, and a note says so', async () => {
    const plan = await planOf({ cron: '@daily' }, 'worker');
    expect(plan.settings).toBeUndefined();
    expect(plan.notes).toEqual([
      'gantry.json > cron has no effect: nightly is a worker service, and only a cron service has a schedule',
    ]);
  });

  it.each([
    [{ cron: '0 0 31 2 *' }, 'gantry.json is not valid: cron: '],
    [{ cron: { schedule: '@daily', timezone: 'Mars/Olympus' } }, 'gantry.json is not valid: cron'],
    [{ schedule: '@daily' }, 'gantry.json has no field "schedule": write it as "cron": "0 3 * * *"'],
  ])('is refused if it is wrong: %j', async (config, message) => {
    await expect(planOf(config, 'cron')).rejects.toThrow(message);
  });
});

describe('test commands of gantry.json', () => {
  const planOf = (build: object) =>
    planBuild(memoryTree({ ...script('node s.js', {}), 'gantry.json': json({ build: { build: 'make', ...build } }) }));

  it('run last, once with each combination of the matrix', async () => {
    expect((await planOf({ test: 'npm test' })).build).toEqual(['make', 'npm test']);
    const plan = await planOf({ test: ['npm test'], matrix: { DB: ['lite', "it's; $(id)"], MODE: ['fast', ''] } });
    expect(plan.build.slice(1)).toEqual([
      'export DB=lite MODE=fast && npm test',
      "export DB=lite MODE='' && npm test",
      "export DB='it'\\''s; $(id)' MODE=fast && npm test",
      "export DB='it'\\''s; $(id)' MODE='' && npm test",
    ]);
    expect(plan.decisions).toContainEqual({
      ...{ part: 'test', value: plan.build.slice(1).join(' && '), source: 'gantry.json > build > test' },
    });
  });

  it('are required for a matrix, and limited in number', async () => {
    await expect(planOf({ matrix: { DB: ['lite'] } })).rejects.toThrow(
      'gantry.json > build > matrix is for test commands, and there are none; add "test" beside it',
    );
    const many = { A: ['1', '2', '3', '4'], B: ['1', '2', '3', '4'] };
    await expect(planOf({ test: 'x', matrix: many })).rejects.toThrow('gives more than 12 combinations');
    const endless = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`A${at}`, ['1', '2', '3']]));
    await expect(planOf({ test: 'x', matrix: endless })).rejects.toThrow('gives more than 12 combinations');
    const tree = memoryTree({ 'main.py': '', 'gantry.json': json({ matrix: {} }) });
    await expect(planBuild(tree)).rejects.toThrow('has no field "matrix": move it into "build", beside "test"');
  });
});
