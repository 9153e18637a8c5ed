import { type Live, openLive } from '@gantry/client/live.ts';
import { tail } from '@gantry/client/tail.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/topics.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from './developer.ts';
import { client } from './fixture.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { deploymentsOf, end, github, newest, serviceFrom, teamId } from './github-fixture.ts';
import { joinInstallation } from './installation.ts';
import { visit } from './platform.ts';

let git: GitServer;
let live: Live | undefined;

beforeAll(async () => {
  git = await startGitServer();
}, 90_000);

afterAll(async () => {
  live?.close();
  await git?.stop();
}, 30_000);

const app = (text: string) => ({
  'gantry.json': JSON.stringify({ provider: 'node', build: { install: [], build: 'node build.js' }, start: 'node .' }),
  'build.js': "for (let at = 0; at < 200; at += 1) console.log('building ' + at);",
  'index.js': `for (let at = 0; at < 200; at += 1) console.log('starting ' + at);
require('node:http').createServer((_, response) => response.end(${JSON.stringify(text)})).listen(process.env.PORT);`,
});

describe('a push', () => {
  let target: Target;
  let first: Deployment;

  it('reaches no service without an installation for its repository: creating the service is refused', async () => {
    await github.createRepository('acme/shop');
    const source = { kind: 'github' as const, repository: 'acme/shop', branch: 'main', watchPaths: [] };
    await expect(serviceFrom(teamId, 'early', source)).rejects.toMatchObject({ kind: 'Conflict' });
  });

  it('goes live, and GitHub gets its status', async () => {
    const installation = github.install('acme');
    expect(await joinInstallation(client, teamId, installation.id)).toMatchObject({
      account: 'acme',
      suspended: false,
    });
    const source = { kind: 'github' as const, repository: 'Acme/Shop', branch: 'main', watchPaths: [] };
    target = await serviceFrom(teamId, 'shop', source);
    const { commit, response } = await github.push('acme/shop', 'main', app('one'), { message: 'Open the shop' });
    expect([response.status, await response.json()]).toEqual([202, { queued: true }]);
    first = await end(target, await newest(target));
    expect(first).toMatchObject({
      status: 'live',
      createdBy: null,
      source: { kind: 'github', branch: 'main', commit: { id: commit, message: 'Open the shop' } },
    });
    expect(await visit(first.url ?? '')).toEqual({ status: 200, body: 'one' });
    const told = await until('GitHub has the success status', async () => {
      const { statuses } = github.world;
      return statuses.at(-1)?.body['state'] === 'success' && statuses;
    });
    expect(told.map(({ of, body }) => [of, body['state'], body['context']])).toEqual([
      ...told.slice(1).map(() => [commit, 'pending', 'gantry/shop/production/web']),
      [commit, 'success', 'gantry/shop/production/web'],
    ]);
    expect(told.at(-1)?.body).toMatchObject({ target_url: first.url });
    expect(github.world.deployments).toHaveLength(1);
    expect(github.world.deploymentStatuses.at(-1)?.body).toMatchObject({
      state: 'success',
      environment_url: first.url,
    });
  }, 90_000);

  it('shows its build and app output, each line once and in order, to a client that comes late and reconnects', async () => {
    live = await openLive(client);
    const seen: Record<'build' | 'app', LogLine[]> = { build: [], app: [] };
    const { environmentId, serviceId, teamId: team, projectId } = target;
    const scope = { teamId: team, projectId };
    const params = { ...target, deploymentId: first.id };
    const tails = await Promise.all([
      tail({
        ...{ live, scope, topic: topics.buildLogs(first.id) },
        read: ({ release: _release, replica: _replica, ...query }) => client('logs.build', { params, query }),
        onLines: (lines) => seen.build.push(...lines),
      }),
      tail({
        ...{ live, scope, topic: topics.appLogs(serviceId, environmentId) },
        read: (query) => client('logs.app', { params: target, query }),
        onLines: (lines) => seen.app.push(...lines),
      }),
    ]);
    live.reconnect();
    const numbered = (lines: readonly LogLine[], word: string) =>
      lines.flatMap(({ text }) => (text.startsWith(`${word} `) ? [Number(text.slice(word.length + 1))] : []));
    const all = Array.from({ length: 200 }, (_each, at) => at);
    await until('the client has all lines', async () => numbered(seen.app, 'starting').length >= 200);
    expect(numbered(seen.build, 'building')).toEqual(all);
    expect(numbered(seen.app, 'starting')).toEqual(all);
    for (const lines of Object.values(seen)) expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    for (const each of tails) each.stop();
  }, 60_000);

  it('makes one deployment of ten deliveries with one id, and one of ten pushes of one commit', async () => {
    const before = (await deploymentsOf(target)).length;
    const { payload } = await github.push('acme/shop', 'main', app('two'), { id: 'delivery-1' });
    await Promise.all(Array.from({ length: 9 }, () => github.send('push', payload, { id: 'delivery-1' })));
    await Promise.all(Array.from({ length: 9 }, (_each, at) => github.send('push', payload, { id: `again-${at}` })));
    const ended = await end(target, await newest(target));
    expect(ended.status).toBe('live');
    expect((await visit(ended.url ?? '')).body).toBe('two');
    expect(await deploymentsOf(target)).toHaveLength(before + 1);
  }, 90_000);

  it('with a forged or missing signature is refused and queues nothing', async () => {
    const before = (await deploymentsOf(target)).length;
    const forged = await github.push('acme/shop', 'main', app('forged'), { secret: 'a guess' });
    const missing = await github.send('push', forged.payload, { secret: null });
    expect([forged.response.status, missing.status]).toEqual([401, 401]);
    expect(await forged.response.json()).toMatchObject({ kind: 'Unauthenticated' });
    expect(await deploymentsOf(target)).toHaveLength(before);
  });

  it('deploys services of teams with the installation, on the followed branch, for touched watch paths', async () => {
    const other = await client('teams.create', { body: { slug: 'others' } });
    const installation = [...github.world.installations.keys()][0] ?? 0;
    await joinInstallation(client, other.id, installation);
    const source = { kind: 'github' as const, repository: 'acme/shop', branch: 'main', watchPaths: [] };
    const theirs = await serviceFrom(other.id, 'theirs', source);
    const params = { teamId: other.id, installationId: String(installation) };
    await client('installations.leave', { params });
    const elsewhere = await serviceFrom(teamId, 'docs', { ...source, watchPaths: ['docs/**'] });
    const staged = await serviceFrom(teamId, 'staged', { ...source, branch: 'release' });
    const { projectId } = staged;
    const staging = await client('environments.create', {
      params: { teamId, projectId },
      body: { slug: 'staging', branch: 'main' },
    });
    const skipped = await github.push('acme/shop', 'main', { 'a.txt': 'a' }, { message: 'Typo [skip deploy]' });
    const { commit } = await github.push('acme/shop', 'main', app('three'), { message: 'Raise the price' });
    const here = { ...staged, environmentId: staging.id };
    await until('the push has a deployment', async () => (await deploymentsOf(here))[0]);
    const ofShop = await until('the push has a deployment', async () => {
      const all = await deploymentsOf(target);
      return all.some(({ source: each }) => each.kind === 'github' && each.commit?.id === commit) && all;
    });
    const ended = ofShop.find(({ source: each }) => each.kind === 'github' && each.commit?.id === skipped.commit);
    expect(ended).toMatchObject({ status: 'skipped' });
    expect([await deploymentsOf(theirs), await deploymentsOf(elsewhere), await deploymentsOf(staged)]).toEqual([
      [],
      [],
      [],
    ]);
    expect((await end(here, await newest(here))).status).toBe('live');
  }, 90_000);

  it('deploys nothing when it touches no path that gantry.json of the live app watches', async () => {
    await github.createRepository('acme/own');
    const source = { kind: 'github' as const, repository: 'acme/own', branch: 'main', watchPaths: [] };
    const own = await serviceFrom(teamId, 'own', source);
    const config = { ...JSON.parse(app('')['gantry.json']), watchPaths: ['src/**'] };
    const { commit } = await github.push('acme/own', 'main', { ...app('own'), 'gantry.json': JSON.stringify(config) });
    expect((await end(own, await newest(own))).status).toBe('live');
    await github.push('acme/own', 'main', { 'docs.md': 'left alone' });
    const touching = await github.push('acme/own', 'main', { 'src/a.js': '' });
    const commits = async () =>
      (await deploymentsOf(own)).map(({ source: each }) => (each.kind === 'github' ? each.commit?.id : undefined));
    await until('the push has a deployment', async () => (await commits()).includes(touching.commit));
    expect(await commits()).toEqual([touching.commit, commit]);
    await client('services.update', { params: own, body: { source: { ...source, watchPaths: ['docs.md'] } } });
    const named = await github.push('acme/own', 'main', { 'docs.md': 'deployed' });
    await until('the push has a deployment', async () => (await commits()).includes(named.commit));
  }, 90_000);

  it('that a newer push overtakes is not built; the newer one is', async () => {
    const repository = await github.createRepository('acme/moved');
    const moved = await serviceFrom(teamId, 'moved', {
      ...{ kind: 'github', repository: 'acme/moved', branch: 'main', watchPaths: [] },
    });
    const { payload } = await github.push('acme/moved', 'main', app('first'), { secret: 'lost' });
    await repository.push('main', app('second'));
    await github.send('push', payload);
    expect(await end(moved, await newest(moved))).toMatchObject({
      status: 'failed',
      reason: { kind: 'Superseded', step: 'fetch', detail: expect.stringContaining('no longer the newest of main') },
    });
  }, 60_000);

  it('does nothing once GitHub reports that the installation was deleted', async () => {
    const [id = 0] = github.world.installations.keys();
    const { payload } = await github.push('acme/shop', 'main', app('four'), { secret: 'lost' });
    await github.installation('deleted', id);
    await until(
      'the installation is gone',
      async () => (await client('installations.list', { params: { teamId } })).items.length === 0,
    );
    const before = (await deploymentsOf(target)).length;
    expect((await github.send('push', payload)).status).toBe(202);
    await expect(
      client('deployments.create', { params: target, body: {} }).then((each) => end(target, each)),
    ).resolves.toMatchObject({
      status: 'failed',
      reason: { kind: 'Conflict', step: 'fetch' },
    });
    expect(await deploymentsOf(target)).toHaveLength(before + 1);
  }, 60_000);
});

describe('a manual deployment', () => {
  it('takes the newest commit of a branch on any git server, or the named commit', async () => {
    const repository = await git.create('tools');
    const branch = 'feature/ü#1';
    const older = await repository.push(branch, app('older'));
    const newer = await repository.push(branch, app('newer'), { message: 'Newer\n\nmore' });
    const target = await serviceFrom(teamId, 'tools', { kind: 'git', url: `${git.url}/tools.git`, branch });
    const one = await end(target, await client('deployments.create', { params: target, body: {} }));
    expect(one).toMatchObject({ status: 'live', source: { commit: { id: newer, message: 'Newer' } } });
    expect((await visit(one.url ?? '')).body).toBe('newer');
    const two = await end(target, await client('deployments.create', { params: target, body: { commit: older } }));
    expect(two).toMatchObject({ status: 'live', source: { commit: { id: older } } });
    expect((await visit(two.url ?? '')).body).toBe('older');
  }, 90_000);

  it("sends the service's credential to the server of its address and to no other", async () => {
    const credential = { user: 'deploy', token: 'a-deploy-token' };
    const closed = await startGitServer(credential);
    try {
      await (await closed.create('closed')).push('main', app('closed'));
      const source = { kind: 'git' as const, url: `${closed.url}/closed.git`, branch: 'main' };
      const target = await serviceFrom(teamId, 'closed', source);
      const { environmentId: _, ...params } = target;
      const without = await end(target, await client('deployments.create', { params: target, body: {} }));
      expect(without).toMatchObject({ status: 'failed', reason: { kind: 'Invalid', step: 'fetch' } });
      const body = { username: credential.user, token: credential.token };
      const kept = await client('services.setCredential', { params, body });
      expect(kept.credential).toEqual({ origin: closed.url, username: 'deploy' });
      const ended = await end(target, await client('deployments.create', { params: target, body: {} }));
      expect(await visit(ended.url ?? '')).toEqual({ status: 200, body: 'closed' });
      await client('services.update', { params, body: { source: { ...source, url: `${git.url}/tools.git` } } });
      const elsewhere = await end(target, await client('deployments.create', { params: target, body: {} }));
      expect(elsewhere.reason).toMatchObject({ kind: 'NotFound', detail: expect.stringContaining('no branch main') });
      expect((await client('services.removeCredential', { params })).credential).toBeNull();
    } finally {
      await closed.stop();
    }
  }, 90_000);

  it('of a missing repository says that the repository is missing', async () => {
    const url = `${git.url}/nothing.git`;
    const target = await serviceFrom(teamId, 'nothing', { kind: 'git', url, branch: 'main' });
    const ended = await end(target, await client('deployments.create', { params: target, body: {} }));
    expect(ended).toMatchObject({ status: 'failed', reason: { step: 'fetch' } });
  }, 60_000);
});
