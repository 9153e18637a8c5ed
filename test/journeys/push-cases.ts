import { beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { until } from './developer.ts';
import { client } from './fixture.ts';
import { deploymentsOf, end, fromRepository, github, newest, serviceFrom, teamId } from './github-fixture.ts';
import { joinInstallation } from './installation.ts';
import { visit } from './platform.ts';
import { tinyApp } from './tiny-app.ts';

/** Cases from public reports about other platforms, by their numbers there. */
describe('a push in everyday use', () => {
  beforeAll(async () => {
    github.world.login = 'ada';
    await joinInstallation(client, teamId, github.install('hooli').id);
  }, patience(30_000));

  const commitOf = (deployment: Awaited<ReturnType<typeof newest>>) =>
    deployment.source.kind === 'github' ? deployment.source.commit?.id : undefined;

  it(
    'A34: from a to b, back to a, and to b again makes three deployments, the last one of b',
    async () => {
      const repository = await github.createRepository('hooli/back');
      const a = await repository.push('main', tinyApp('a'));
      const target = await serviceFrom(teamId, 'back', fromRepository('hooli/back'));
      const { commit: b } = await github.push('hooli/back', 'main', tinyApp('b'));
      const first = await end(target, await newest(target));
      expect(commitOf(first)).toBe(b);
      await github.forcePush('hooli/back', 'main', a);
      const second = await end(target, await newest(target, first));
      expect(commitOf(second)).toBe(a);
      const again = await github.forcePush('hooli/back', 'main', b);
      await github.send('push', again.payload, { id: 'a-delivery-that-came-again' });
      const third = await end(target, await newest(target, second));
      expect([commitOf(third), third.status]).toEqual([b, 'live']);
      expect((await visit(third.url ?? '')).body).toBe('b');
      await github.send('push', again.payload, { id: 'a-delivery-that-came-late' });
      expect(await deploymentsOf(target)).toHaveLength(3);
    },
    patience(90_000),
  );

  it(
    'A35: with [skip ci] is shown as skipped with the reason, even as the first push, and sends nothing to GitHub',
    async () => {
      await github.createRepository('hooli/skips');
      const target = await serviceFrom(teamId, 'skips', fromRepository('hooli/skips'));
      const before = github.world.statuses.length;
      const { commit } = await github.push('hooli/skips', 'main', tinyApp('a'), { message: 'Typo\n\n[skip ci]' });
      const skipped = await newest(target);
      expect(skipped).toMatchObject({
        status: 'skipped',
        source: { commit: { id: commit, message: 'Typo' } },
        reason: { detail: 'The message of the commit says [skip ci].' },
        steps: [],
      });
      const next = await github.push('hooli/skips', 'main', { 'b.txt': 'b' }, { message: 'Not skipped' });
      const deployed = await end(target, await newest(target, skipped));
      expect([commitOf(deployed), deployed.status]).toEqual([next.commit, 'live']);
      const told = github.world.statuses.slice(before).filter(({ of }) => of === commit);
      expect(told).toEqual([]);
    },
    patience(60_000),
  );

  it(
    'A37: to a renamed repository deploys and renames the source; a new repository of the old name deploys nothing',
    async () => {
      await github.createRepository('hooli/old-name');
      const target = await serviceFrom(teamId, 'renames', fromRepository('hooli/old-name'));
      github.rename('hooli/old-name', 'hooli/new-name');
      await github.renamed('hooli/new-name', 'renamed');
      const { environmentId: _, ...params } = target;
      const named = (name: string) =>
        until('the service has the new name', async () => {
          const { source } = await client('services.get', { params });
          return (source.kind === 'github' && source.repository === name) || undefined;
        });
      await named('hooli/new-name');
      await github.createRepository('hooli/old-name');
      await github.push('hooli/old-name', 'main', tinyApp('a stranger'));
      await github.push('hooli/new-name', 'main', tinyApp('renamed'));
      const first = await end(target, await newest(target));
      expect((await visit(first.url ?? '')).body).toBe('renamed');
      // No event reports this rename, only the push does.
      github.rename('hooli/new-name', 'hooli/newest-name');
      await github.push('hooli/newest-name', 'main', tinyApp('renamed again'));
      const second = await end(target, await newest(target, first));
      expect([second.status, (await visit(second.url ?? '')).body]).toEqual(['live', 'renamed again']);
      await named('hooli/newest-name');
      expect(await deploymentsOf(target)).toHaveLength(2);
      const places = github.world.statuses.map(({ repository }) => repository);
      expect(places).not.toContain('hooli/old-name');
    },
    patience(90_000),
  );

  it(
    'A37: to a transferred repository deploys when the team has the installation of the new account too',
    async () => {
      await github.createRepository('hooli/moves');
      const target = await serviceFrom(teamId, 'moves', fromRepository('hooli/moves'));
      const elsewhere = github.install('piedpiper');
      github.rename('hooli/moves', 'piedpiper/moves');
      await github.renamed('piedpiper/moves', 'transferred');
      await github.push('piedpiper/moves', 'main', tinyApp('not yet'));
      await joinInstallation(client, teamId, elsewhere.id);
      const { environmentId: _, ...params } = target;
      const source = fromRepository('piedpiper/moves');
      await client('services.update', { params, body: { source } });
      await github.push('piedpiper/moves', 'main', tinyApp('moved'));
      const deployed = await end(target, await newest(target));
      expect((await visit(deployed.url ?? '')).body).toBe('moved');
      expect(await deploymentsOf(target)).toHaveLength(1);
    },
    patience(60_000),
  );

  it.each([
    ['#12-fix', 'hooli/hooli.github.io'],
    ['feat/a/b', 'hooli/x.y_z-'],
  ])(
    'A17: to the branch %s of %s deploys twice with its text unchanged, and runs none of the text',
    async (branch, name) => {
      await github.createRepository(name);
      const slug = `odd-${branch.replaceAll(/[^a-z0-9]/g, '')}`;
      const target = await serviceFrom(teamId, slug, { ...fromRepository(name), branch });
      const title = `fix "x" & $(touch /tmp/gantry-a17) \`id\` → — ${'😀'.repeat(150)}`;
      const files = { ...tinyApp('x'), 'build.js': "console.log('branch ' + process.env.GANTRY_GIT_BRANCH)" };
      const message = `${title}\r\n\r\n${'→'.repeat(20_000)}`;
      await github.push(name, branch, files, { message });
      const first = await end(target, await newest(target));
      expect((await visit(first.url ?? '')).body).toBe('x');
      await github.push(name, branch, tinyApp('y'), { message });
      const deployed = await end(target, await newest(target, first));
      expect((await visit(deployed.url ?? '')).body).toBe('y');
      const { commit, branch: shown } = deployed.source as { branch: string; commit: { message: string } };
      expect(shown).toBe(branch);
      expect(title.startsWith(commit.message)).toBe(true);
      expect(commit.message.isWellFormed()).toBe(true);
      expect(commit.message).not.toMatch(/\uFFFD|\r/);
    },
    patience(60_000),
  );
});
