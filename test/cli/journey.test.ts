import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../journeys/developer.ts';
import { type GitServer, startGitServer } from '../journeys/git-server.ts';
import { eventually, type Platform, removeData, startPlatform, visit } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { type Bed, expectOneLine, golden, makeBed } from './command.ts';
import { itRunsCommands } from './exec-journey.ts';
import { itInterruptsUploads } from './interrupt-journey.ts';
import { itIsLetInAndKeptOut } from './people-journey.ts';
import { itStopsAndStarts } from './stop-journey.ts';
import { atTerminal, screenOf } from './terminal.ts';
import { itShowsAtATerminal } from './terminal-journey.ts';
import { AUTH, itSetsVariables, WITHOUT_BUILD } from './variables-journey.ts';

const app = join(import.meta.dirname, '../fixtures/apps/node-plain');
const DEPLOY_MS = 120_000;
const WITH_BUILD = WITHOUT_BUILD.replace('✓ rollout', '✓ build <s>\n✓ rollout');

describe('a developer with the command', () => {
  let platform: Platform;
  let bed: Bed;
  let git: GitServer;
  let client: Client;
  let teamId: string;
  let folder: string;
  let token: string;
  let url: string;

  beforeAll(async () => {
    [bed, platform, git] = await Promise.all([makeBed(), startPlatform(), startGitServer()]);
    client = await platform.client();
    teamId = (await client('session.get', {})).teams[0]?.team.id ?? '';
    token = await newToken('laptop');
    folder = join(bed.root, 'shop');
    cpSync(app, folder, { recursive: true });
    const greeting = readFileSync(join(app, 'index.js'), 'utf8').replace(
      `'plain\\n'`,
      `process.env.GREETING ?? 'plain'`,
    );
    writeFileSync(join(folder, 'index.js'), greeting);
    writeFileSync(join(folder, '.env'), `PORT=3000\nGREETING="good day"\nAUTH="${AUTH}"\n# planted-secret\n`);
  }, 90_000);

  afterAll(async () => {
    await Promise.all([platform?.stop(), git?.stop()]);
    if (platform) removeData(platform.dataDir);
    bed?.remove();
  }, 30_000);

  async function newToken(name: string, scope: 'all' | 'deploy' = 'all'): Promise<string> {
    return (await client('tokens.create', { params: { teamId }, body: { name, scope } })).secret;
  }

  const run = (...args: string[]) => bed.run(args, { folder });

  it('signs in with a token from stdin', async () => {
    const api = platform.endpoints.api;
    const { code, stdout, stderr } = await bed.run(['login', '--api', api, '--token'], { input: `${token}\n` });
    expect([code, golden(stdout), stderr]).toEqual([
      0,
      'Signed in to http://127.0.0.1:<port> as owner@example.com.\n',
      '',
    ]);
    expect((await run('whoami')).stdout).toContain(`owner@example.com at ${api} (API token)\n  team  owner\n`);
  }, 30_000);

  it('makes a project from the folder, and reads of the existing one at a second `init`', async () => {
    const { code, stdout } = await run('init');
    expect([code, golden(stdout.replace(folder, '~/shop'))]).toEqual([
      0,
      'Linked ~/shop/gantry.link.json to shop / web / production.\nDeploy this folder with `gantry up`.\n',
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'gantry.link.json'), 'utf8'))).toMatchObject({
      api: platform.endpoints.api,
      project: { slug: 'shop' },
      service: { slug: 'web' },
      environment: { slug: 'production' },
    });
    const again = await run('init');
    expect(again.code).toBe(6);
    expectOneLine(again, /linked already, by .*--project/);
    expectOneLine(await run('open'), /Nothing of web is live in production\. Deploy with `gantry up`/);
  }, 30_000);

  it(
    'deploys the folder: the address goes to stdout; steps, build and app output go to stderr',
    async () => {
      const { code, stdout, stderr } = await run('up');
      expect([code, golden(stdout)]).toEqual([0, 'http://web-production-shop.localhost:<port>\n']);
      url = stdout.trim();
      expect((await visit(url)).status).toBe(200);
      const steps = golden(stderr).match(/^✓ .*\n/gm) ?? [];
      expect(steps.join('')).toBe(WITH_BUILD);
      expect(stderr).toContain('Left out .env: secrets belong into variables');
      expect(stderr).toContain('build │ Start: node index.js');
      expect(stderr).not.toContain('planted-secret');
    },
    DEPLOY_MS,
  );

  it('sees the address, the health, the output and the deployments of the service', async () => {
    expect((await run('open')).stdout.trim()).toBe(url);
    await until(
      'the status shows the health',
      async () => (await run('status')).stdout.includes('healthy'),
      patience(20_000),
    );
    expect(golden((await run('status')).stdout)).toBe(
      [
        'Team         team',
        'Project      shop',
        'Service      web, web',
        'Environment  production',
        'Gantry       http://127.0.0.1:<port>',
        'Source       upload',
        'Scale        1, small',
        'Live         <id>, <ago>, by owner@example.com',
        'Address      http://web-production-shop.localhost:<port>',
        'Health       healthy, 1 of 1 running',
        '',
      ].join('\n'),
    );
    expect(golden((await run('logs')).stdout)).toContain('<instant> listening on <port>\n');
    expect((await run('logs', '--level', 'error')).stdout).toBe('');
    expect((await run('logs', '-n', '1')).stdout.trimEnd().split('\n')).toHaveLength(1);
    expect((await run('logs', '--until', '30m')).stdout).toBe('');
    expect((await run('config', 'show')).stdout).toMatch(/^Start +detected at build +default$/m);
    const config = join(folder, 'gantry.json');
    writeFileSync(config, JSON.stringify({ port: 3000 }));
    expect((await run('config', 'show')).stdout).toMatch(/^Port +3000 +gantry\.json$/m);
    rmSync(config);
    const lines = (await run('logs', '--json', '--filter', 'LISTENING')).stdout.trim().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      id: expect.any(String),
      at: expect.any(Number),
      text: expect.stringContaining('listening'),
      source: expect.stringMatching(/^rel-/),
      release: expect.stringMatching(/^rel_/),
      level: null,
    });
    expect((await run('logs', '--build')).stdout).toContain('Plan: node');
    const [head = '', ...rows] = golden((await run('deployments')).stdout)
      .trimEnd()
      .split('\n');
    expect([head.split(/\s+/), rows.length]).toEqual([['DEPLOYMENT', 'STATUS', 'WHEN', 'TOOK', 'WHO', 'WHAT'], 1]);
    expect(rows[0]).toMatch(/^<id> {2,}live {2,}<ago> <s> {2,}owner@example\.com {2,}upload$/);
  }, 60_000);

  it('stops following the logs when the reader of the output is gone', async () => {
    const child = bed.start(['logs', '--follow'], { folder });
    child.stdout?.destroy();
    await once(child, 'close');
    expect([child.exitCode, child.said()]).toEqual([141, '']);
  }, 30_000);

  itShowsAtATerminal(() => ({ bed, platform, folder, url }));

  itSetsVariables(() => ({ bed, folder, url }));

  it('reads which flag answers a question that needs a terminal', async () => {
    const removal = await run('project', 'delete');
    expect(removal.code).toBe(2);
    expect(removal.stderr).toMatch(/To confirm without a terminal, add --yes shop\.\n$/);
    const other = await run('project', 'delete', '--yes', 'another');
    expect([other.code, other.stderr]).toEqual([2, 'Error: Nothing was done: the name is shop, not another.\n']);
    const missingService = await run('up', '--service', 'api');
    expect([missingService.code, missingService.stderr]).toEqual([
      5,
      'Error: There is no service api in project shop. There are: web.\n',
    ]);
  }, 30_000);

  itInterruptsUploads(() => ({ bed, platform, folder, token, run, deploymentCount }));

  it(
    'interrupts `up`: the deployment continues, and the command says how to cancel it',
    async () => {
      const slow = bed.folder('slow', { 'index.js': 'setTimeout(() => undefined, 60_000);' });
      const child = bed.start(['up', slow], { folder });
      const closed = once(child, 'close');
      await eventually('the deployment on its way', () => child.said().includes('prepare'), 60_000);
      child.kill('SIGINT');
      await closed;
      expect(child.exitCode).toBe(130);
      const [, id = ''] = /Deployment (\w{6}) continues\. .*`gantry cancel \1`/.exec(child.said()) ?? [];
      const cancelled = await run('cancel', id);
      expect([cancelled.code, cancelled.stdout]).toEqual([0, `Cancelled ${id}.\n`]);
      expect((await visit(url)).status).toBe(200);
    },
    DEPLOY_MS,
  );

  atTerminal(
    'deploys at a terminal with colours and a moving line, and rolls back',
    async () => {
      const env = { TERM: 'xterm', COLUMNS: '100' };
      const { code, stdout } = await bed.runAtTerminal(['up'], { folder, env });
      expect(code).toBe(0);
      expect(stdout).toContain('\u001b[32m✓\u001b[39m');
      expect(stdout).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \w+/);
      expect(golden(screenOf(stdout)).replace(/^(app|build) .*\n|, \d+ (?:bytes|KB)$/gm, '')).toBe(
        `Left out .env: secrets belong into variables, not into an upload.\nUploaded 4 files\n${WITH_BUILD}${golden(url)}\n`,
      );
      const plain = { folder, env: { ...env, NO_COLOR: '1', CI: '1' } };
      const set = await bed.runAtTerminal(['variables', 'set', 'GREETING=good night'], plain);
      const end = `${WITHOUT_BUILD}${golden(url)}\n`;
      expect([set.code, golden(set.stdout).replace(/^app .*\n/gm, '')]).toEqual([0, `Applied GREETING.\n${end}`]);
      expect((await visit(url)).body).toBe('good night');
      const back = await bed.runAtTerminal(['rollback'], plain);
      expect([back.code, golden(back.stdout)]).toEqual([0, end]);
      expect((await visit(url)).body).toBe('good day');
      const listed = await bed.runAtTerminal(['variables', 'list'], plain);
      expect(golden(listed.stdout)).toContain('GREETING  good night');
    },
    DEPLOY_MS * 2,
  );

  it(
    'deploys a git repository, and gets the reason and exit code of a failed build, also as JSON',
    async () => {
      const failing = join(import.meta.dirname, '../fixtures/apps/node-build-fails');
      const files = ['package.json', 'build.js', 'server.js'].map((name) => [name, readFileSync(join(failing, name))]);
      const repository = await git.create('site');
      const commit = await repository.push('main', Object.fromEntries(files), { message: 'Open the site' });
      expect((await run('service', 'create', 'site', '--git', `${git.url}/site.git`)).code).toBe(0);
      const { code, stdout, stderr } = await run('deploy', '--service', 'site', '--json');
      expect(code).toBe(10);
      expect(JSON.parse(stdout)).toMatchObject({
        status: 'failed',
        source: { kind: 'git', commit: { id: commit, message: 'Open the site' } },
        reason: { kind: 'BuildFailed', step: 'build' },
      });
      const last = stderr.trimEnd().split('\n').at(-1) ?? '';
      expect(JSON.parse(last)).toMatchObject({
        error: { kind: 'BuildFailed', message: expect.stringContaining('Nothing is live yet.') },
      });
    },
    DEPLOY_MS,
  );

  itStopsAndStarts(() => ({ url, run }), DEPLOY_MS);

  itRunsCommands(() => ({ bed, platform, folder }), DEPLOY_MS);

  it(
    'scales and restarts the live release, each by one deployment without a build',
    async () => {
      const scaled = await run('scale', '--max', '2', '--json');
      expect([scaled.code, JSON.parse(scaled.stdout)]).toEqual([
        0,
        {
          scaling: { minReplicas: 1, maxReplicas: 2, size: 'small' },
          deployment: expect.objectContaining({ status: 'live', url }),
        },
      ]);
      const restarted = await run('restart', '--detach');
      expect([restarted.code, golden(restarted.stdout)]).toEqual([0, 'dpl_…\n']);
    },
    DEPLOY_MS,
  );

  it('manages environments, services, tokens and people', async () => {
    expect((await run('env', 'create', 'staging')).code).toBe(0);
    expect((await run('env', 'list')).stdout).toMatch(/^production .*\nstaging /m);
    expect((await run('env', 'delete', 'staging', '--yes', 'staging')).stdout).toBe(
      'Environment staging is being deleted.\n',
    );
    expect((await run('service', 'create', 'worker', '--kind', 'worker')).code).toBe(0);
    expect((await run('scale', '--service', 'worker', '--min', '2', '--max', '3')).stdout).toMatch(
      /At least +2\nAt most +3/,
    );
    const changed = await run('service', 'update', '--service', 'worker', '--start', 'node work.js', '--json');
    expect(JSON.parse(changed.stdout)).toMatchObject({ runtime: { startCommand: 'node work.js' } });
    const settings = ['--install', 'npm ci', '--health-timeout', '60', '--start', 'default'];
    const again = await run('service', 'update', '--service', 'worker', ...settings, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({
      build: { installCommand: 'npm ci' },
      runtime: { startCommand: null },
      health: { timeoutSeconds: 60 },
    });
    expect((await run('deploy', '--service', 'worker')).stderr).toMatch(/^Error: .*gantry up/);
    const image = ['service', 'update', '--service', 'worker', '--image', 'ghcr.io/acme/shop:1.4'];
    expect((await run(...image)).stdout).toMatch(/Source +image ghcr\.io\/acme\/shop:1\.4/);
    expect((await run('service', 'delete', '--service', 'worker', '--yes', 'worker')).code).toBe(0);
    expect((await run('team', 'members')).stdout).toContain('owner@example.com');
    expect(JSON.parse((await run('doctor', '--json')).stdout)).toEqual(
      expect.arrayContaining([expect.objectContaining({ check: 'link', ok: true, detail: 'shop / web / production' })]),
    );
    bed.folder('.gantry', { 'endpoints.json': readFileSync(join(platform.dataDir, 'endpoints.json'), 'utf8') });
    expect((await run('doctor')).stdout).toMatch(/✓ +disk +[\d.]+ [MG]B: .*build cache [\d.]+ MB of 4\.0 GB/);
    // Managing people needs a person.
    const made = await run('token', 'create', 'ci');
    expect(made.code).toBe(4);
    expectOneLine(made, /token/i);
  }, 60_000);

  itIsLetInAndKeptOut(() => ({ bed, platform, client, teamId, folder, url, newToken }));

  async function deploymentCount(): Promise<number> {
    const { team, project, service, environment } = JSON.parse(readFileSync(join(folder, 'gantry.link.json'), 'utf8'));
    const path = { teamId: team.id, projectId: project.id, serviceId: service.id, environmentId: environment.id };
    return (await client('deployments.list', { params: path, query: { limit: '100' } })).items.length;
  }
});
