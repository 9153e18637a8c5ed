import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@gantry/contract/client.ts';
import { passSignInPages } from '@gantry/local/example/session.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type Platform, removeData, startPlatform, visit } from '../journeys/platform.ts';
import { type Bed, expectOneLine, golden, makeBed, missing } from './command.ts';
import { startProxy } from './proxy.ts';

const app = join(import.meta.dirname, '../fixtures/apps/node-plain');
const noTerminal = missing('script', '-qec', 'true', '/dev/null');
const atTerminal = noTerminal === undefined ? it : it.skip;
const DEPLOY_MS = 120_000;

describe('a developer at the command', () => {
  let platform: Platform;
  let bed: Bed;
  let client: Client;
  let teamId: string;
  let folder: string;
  let token: string;
  let url: string;

  beforeAll(async () => {
    [bed, platform] = await Promise.all([makeBed(), startPlatform()]);
    client = await platform.client();
    teamId = (await client('session.get', {})).teams[0]?.team.id ?? '';
    token = await newToken('laptop');
    folder = join(bed.root, 'shop');
    cpSync(app, folder, { recursive: true });
    writeFileSync(join(folder, '.env'), 'PASSWORD=planted-secret');
  }, 90_000);

  afterAll(async () => {
    await platform?.stop();
    if (platform) removeData(platform.dataDir);
    bed?.remove();
  }, 30_000);

  async function newToken(name: string, scope: 'all' | 'deploy' = 'all'): Promise<string> {
    return (await client('tokens.create', { params: { teamId }, body: { name, scope } })).secret;
  }

  const run = (...args: string[]) => bed.run(args, { folder });

  it('signs in with a token from stdin, which is kept for them alone', async () => {
    const api = platform.endpoints.api;
    const { code, stdout, stderr } = await bed.run(['login', '--api', api, '--token'], { input: `${token}\n` });
    expect([code, golden(stdout), stderr]).toEqual([
      0,
      'Signed in to http://127.0.0.1:<port> as owner@example.com.\n',
      '',
    ]);
    expect((await run('whoami')).stdout).toContain(`owner@example.com at ${api} (API token)\n  team  owner\n`);
  }, 30_000);

  it('makes a project of the folder, and is told when there is one', async () => {
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
    'deploys it: the address on stdout, steps, build and app on stderr',
    async () => {
      const { code, stdout, stderr } = await run('up');
      expect([code, golden(stdout)]).toEqual([0, 'http://web-production-shop.localhost:<port>\n']);
      url = stdout.trim();
      expect((await visit(url)).status).toBe(200);
      const steps = golden(stderr).match(/^✓ .*$/gm);
      expect(steps).toEqual(
        ['prepare', 'build', 'rollout', 'verify', 'shift', 'finish'].map((step) => `✓ ${step} <s>`),
      );
      expect(stderr).toContain('Left out .env: secrets belong into variables');
      expect(stderr).toContain('build │ Start: node index.js');
      expect(stderr).not.toContain('planted-secret');
    },
    DEPLOY_MS,
  );

  it('sees where it is, what it printed and what was deployed', async () => {
    expect((await run('open')).stdout.trim()).toBe(url);
    expect(golden((await run('status')).stdout)).toBe(
      [
        'Team         team',
        'Project      shop',
        'Service      web',
        'Environment  production',
        'Gantry       http://127.0.0.1:<port>',
        'Live         dpl_…, since <instant>',
        'Address      http://web-production-shop.localhost:<port>',
        '',
      ].join('\n'),
    );
    expect(golden((await run('logs')).stdout)).toContain('<instant> listening on <port>\n');
    expect((await run('logs', '--level', 'error')).stdout).toBe('');
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
    expect([head.split(/\s+/), rows.length]).toEqual([['DEPLOYMENT', 'STATUS', 'CREATED', 'TOOK', 'SOURCE'], 1]);
    expect(rows[0]).toMatch(/^dpl_… {2,}live {2,}<time> <s> {2,}upload$/);
  }, 60_000);

  it('is told which flag answers a question that nobody can be asked', async () => {
    const removal = await run('project', 'delete');
    expect(removal.code).toBe(2);
    expect(removal.stderr).toMatch(/There is no terminal to ask .*give --yes shop\.\n$/);
    const other = await run('project', 'delete', '--yes', 'another');
    expect([other.code, other.stderr]).toEqual([
      2,
      'Error: Nothing was done: another was given where the name is shop.\n',
    ]);
    const missingService = await run('up', '--service', 'api');
    expect([missingService.code, missingService.stderr]).toEqual([
      5,
      'Error: There is no service api in project shop. There are: web.\n',
    ]);
  }, 30_000);

  it.each([
    ['before the upload', 'POST', /\/uploads$/, false],
    ['within the upload', 'PUT', /\.tar\.gz/, false],
    ['while the deployment is queued', 'POST', /\/deployments$/, true],
  ])(
    'interrupts %s, and there is all of a deployment or nothing',
    async (_, method, path, goesOn) => {
      const before = await deploymentCount();
      const proxy = await startProxy(platform.endpoints.api, (request) => {
        if (request.method === method && path.test(request.url ?? '')) child.kill('SIGINT');
        return true;
      });
      const env = { GANTRY_API: proxy.url, GANTRY_TOKEN: token };
      const child = bed.start(['up', '--project', 'shop', '--service', 'web'], { folder, env });
      await once(child, 'close');
      proxy.close();
      expect(child.exitCode).toBe(130);
      expect(child.said()).toContain(goesOn ? 'goes on; stop it with' : 'Interrupted: nothing was deployed.\n');
      expect(await deploymentCount()).toBe(before + (goesOn ? 1 : 0));
      if (goesOn) expect((await run('cancel')).code).toBe(0);
    },
    60_000,
  );

  it('uploads 20,000 files in the memory that 200 take; killed before it is queued, it leaves nothing', async () => {
    const before = await deploymentCount();
    const few = await peakOfUpload(manyFiles('few', 200));
    const many = await peakOfUpload(manyFiles('many', 20_000));
    expect(many.said).toMatch(/^Uploaded 20001 files, /);
    expect(many.kilobytes / few.kilobytes).toBeLessThan(1.5);
    expect(await deploymentCount()).toBe(before);
  }, 90_000);

  it(
    'interrupts while it watches: the deployment goes on, and it says how to stop it',
    async () => {
      const slow = bed.folder('slow', { 'index.js': 'setTimeout(() => undefined, 60_000);' });
      const child = bed.start(['up', slow], { folder });
      const closed = once(child, 'close');
      await eventually('the deployment on its way', () => child.said().includes('prepare'), 60_000);
      child.kill('SIGINT');
      await closed;
      expect(child.exitCode).toBe(130);
      const [, id = ''] = /Deployment (dpl_\w+) goes on\. .*`gantry cancel \1`/.exec(child.said()) ?? [];
      const cancelled = await run('cancel', id);
      expect([cancelled.code, golden(cancelled.stdout)]).toEqual([0, 'Cancelled dpl_….\n']);
      expect((await visit(url)).status).toBe(200);
    },
    DEPLOY_MS,
  );

  atTerminal(
    'deploys at a terminal with colours and a line that moves, and returns to the release before',
    async () => {
      const env = { TERM: 'xterm', COLUMNS: '100' };
      const { code, stdout } = await bed.runAtTerminal(['up'], { folder, env });
      expect(code).toBe(0);
      expect(stdout).toContain('\u001b[32m✓\u001b[39m');
      expect(stdout).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \w+/);
      expect(stdout.trimEnd().endsWith(url)).toBe(true);
      const plain = await bed.runAtTerminal(['rollback'], { folder, env: { ...env, NO_COLOR: '1', CI: '1' } });
      expect(plain.code).toBe(0);
      expect(golden(plain.stdout)).toBe(
        `${['prepare', 'rollout', 'verify', 'shift', 'finish'].map((step) => `✓ ${step} <s>`).join('\n')}\n${golden(url)}\n`,
      );
    },
    DEPLOY_MS * 2,
  );

  it(
    'says why a build failed, with its exit code, and leaves the deployment as JSON for scripts',
    async () => {
      const failing = join(import.meta.dirname, '../fixtures/apps/node-build-fails');
      const { code, stdout, stderr } = await run('up', failing, '--json');
      expect(code).toBe(10);
      expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', reason: { kind: 'BuildFailed', step: 'build' } });
      const last = stderr.trimEnd().split('\n').at(-1) ?? '';
      expect(JSON.parse(last)).toMatchObject({
        error: { kind: 'BuildFailed', message: expect.stringContaining('serves on') },
      });
    },
    DEPLOY_MS,
  );

  it('runs the rest of its day: environments, services, tokens, people', async () => {
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
    expect((await run('deploy', '--service', 'worker')).stderr).toMatch(/^Error: .*gantry up/);
    const image = ['service', 'update', '--service', 'worker', '--image', 'ghcr.io/acme/shop:1.4'];
    expect((await run(...image)).stdout).toMatch(/Source +image ghcr\.io\/acme\/shop:1\.4/);
    expect((await run('service', 'delete', '--service', 'worker', '--yes', 'worker')).code).toBe(0);
    expect((await run('team', 'members')).stdout).toContain('owner@example.com');
    expect(JSON.parse((await run('doctor', '--json')).stdout)).toEqual(
      expect.arrayContaining([expect.objectContaining({ check: 'link', ok: true, detail: 'shop / web / production' })]),
    );
    // Affairs of people take a person.
    const made = await run('token', 'create', 'ci');
    expect(made.code).toBe(4);
    expectOneLine(made, /token/i);
  }, 60_000);

  it('is told in one line that a token has ended and that a role does not reach', async () => {
    const { api } = platform.endpoints;
    const revoked = await newToken('short-lived');
    const { items } = await client('tokens.list', { params: { teamId }, query: {} });
    const tokenId = items.find(({ name }) => name === 'short-lived')?.id ?? '';
    await client('tokens.revoke', { params: { teamId, tokenId } });
    const env = (value: string) => ({ folder, env: { GANTRY_API: api, GANTRY_TOKEN: value } });
    const ended = await bed.run(['status'], env(revoked));
    expect(ended.code).toBe(3);
    expectOneLine(ended, /token/);

    const limited = await bed.run(['service', 'delete', '--yes', 'web'], env(await newToken('ci', 'deploy')));
    expect(limited.code).toBe(4);
    expectOneLine(limited, /scope is deploy, which does not allow service\.delete/);
  }, 30_000);

  it(
    'signs in by the browser, and what comes back without our state is left alone',
    async () => {
      const { api, owner } = platform.endpoints;
      const child = bed.start(['login', '--api', api, '--print', '--json'], {
        env: { XDG_CONFIG_HOME: join(bed.root, 'person') },
      });
      await eventually('the address of the sign-in', () => child.said().includes('code_challenge='));
      const [address = ''] = /http\S+code_challenge=\S+/.exec(child.said()) ?? [];
      const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
      expect((await fetch(`${redirect}?code=stolen&state=another`)).status).toBe(404);
      await fetch(await passSignInPages(address, redirect, owner.email, owner.password));
      if (child.exitCode === null) await once(child, 'close');
      expect([child.exitCode, child.said()]).toEqual([0, expect.stringContaining('"as": "person"')]);

      const person = (...args: string[]) =>
        bed.run(args, { folder, env: { XDG_CONFIG_HOME: join(bed.root, 'person') } });
      const file = join(bed.root, 'person/gantry/credentials.json');
      const stored = JSON.parse(readFileSync(file, 'utf8'));
      stored.servers[api].expiresAt = 0;
      writeFileSync(file, JSON.stringify(stored));
      // A refresh token is good once: of two at a time, one renews and both go on.
      const both = await Promise.all([person('whoami'), person('whoami')]);
      expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      const rolledBack = await person('rollback');
      expect([rolledBack.code, rolledBack.stdout.trim()]).toEqual([0, url]);

      expect((await person('logout', '--everywhere')).code).toBe(0);
      const out = await person('whoami');
      expect(out.code).toBe(3);
      expectOneLine(out, /not signed in to .* Run `gantry login --api/);
    },
    DEPLOY_MS,
  );

  it('is told in one line that nothing answers', async () => {
    await platform.stop();
    for (const args of [['status'], ['up'], ['logs', '--follow'], ['rollback']]) {
      const gone = await run(...args);
      expect([args, gone.code]).toEqual([args, 69]);
      expectOneLine(gone, /does not answer\. Is Gantry running there\?/);
    }
  }, 120_000);

  /** An app of so many small files and one that starts it. */
  function manyFiles(name: string, count: number): string {
    const made = bed.folder(name, { 'index.js': '' });
    for (let at = 0; at < count; at += 1) {
      const below = join(made, String(Math.floor(at / 200)));
      if (at % 200 === 0) mkdirSync(below);
      writeFileSync(join(below, `${at}.txt`), `${at} `.repeat(200));
    }
    return made;
  }

  /** The most memory that the command has taken by the time at which it would queue the deployment; it is killed then. */
  async function peakOfUpload(source: string): Promise<{ kilobytes: number; said: string }> {
    let kilobytes = 0;
    const proxy = await startProxy(platform.endpoints.api, ({ method, url }) => {
      if (method !== 'POST' || !url?.endsWith('/deployments')) return true;
      const [, peak = ''] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      kilobytes = Number(peak);
      child.kill('SIGKILL');
      return false;
    });
    const env = { GANTRY_API: proxy.url, GANTRY_TOKEN: token };
    const child = bed.start(['up', source, '--project', 'shop', '--service', 'web'], { folder, env });
    await once(child, 'close');
    proxy.close();
    return { kilobytes, said: child.said() };
  }

  async function deploymentCount(): Promise<number> {
    return JSON.parse((await run('deployments', '--json', '--limit', '100')).stdout).length;
  }
});
