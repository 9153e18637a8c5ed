import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { until } from './developer.ts';
import { client } from './fixture.ts';
import { end, fromRepository, github, newest, serviceFrom, teamId } from './github-fixture.ts';
import { joinInstallation } from './installation.ts';
import { tinyApp } from './tiny-app.ts';

/** The repositories of the organisation to which the App wrote. */
const written = () => {
  const { statuses, deployments, deploymentStatuses } = github.world;
  const all = [...statuses, ...deployments, ...deploymentStatuses].map(({ repository }) => repository);
  return all.filter((repository) => repository.startsWith('initech/'));
};

describe('a person with read access to one repository of an organisation', () => {
  let docs: Target;
  let live: Deployment;
  let installation: number;

  beforeAll(async () => {
    await github.createRepository('initech/payroll');
    const open = await github.createRepository('initech/docs');
    open.collaborators.set('mallory', 'read');
    github.world.login = 'mallory';
    // GitHub lists the whole installation to everybody who may read a repository of it.
    installation = github.install('initech', { people: ['ada'] }).id;
    await joinInstallation(client, teamId, installation);
  }, patience(30_000));

  it(
    'deploys that repository, and Gantry writes nothing on GitHub',
    async () => {
      docs = await serviceFrom(teamId, 'docs-read', fromRepository('initech/docs'));
      await github.push('initech/docs', 'main', tinyApp('x'));
      live = await end(docs, await newest(docs));
      expect(live.status).toBe('live');
      expect(written()).toEqual([]);
    },
    patience(90_000),
  );

  it(
    'cannot add another repository, and the error is the same as for a missing one',
    async () => {
      const message = async (repository: string): Promise<string> => {
        const slug = `try-${repository.slice(-4).toLowerCase()}`;
        const [refused] = await Promise.allSettled([serviceFrom(teamId, slug, fromRepository(repository))]);
        return refused.status === 'rejected' ? refused.reason.message : 'it was not refused';
      };
      const payroll = await message('initech/payroll');
      expect(payroll).toContain('is not a repository that you have shown to have access to');
      expect(await message('initech/nothing')).toBe(payroll.replaceAll('payroll', 'nothing'));
      const { environmentId: _, ...params } = docs;
      await expect(
        client('services.update', { params, body: { source: fromRepository('initech/payroll') } }),
      ).rejects.toMatchObject({ kind: 'Conflict' });
      expect((await github.push('initech/payroll', 'main', tinyApp('x'))).response.status).toBe(202);
    },
    patience(30_000),
  );

  it(
    'cannot deploy any more once GitHub ends the access, and reads why',
    async () => {
      const { collaborators } = github.world.repositories.get('initech/docs') ?? { collaborators: new Map() };
      collaborators.delete('mallory');
      await github.push('initech/docs', 'main', { 'more.txt': 'more' });
      const refused = await end(docs, await newest(docs, live));
      expect(refused).toMatchObject({
        status: 'failed',
        reason: { kind: 'Conflict', step: 'fetch', detail: expect.stringContaining('mallory') },
      });
      expect(refused.reason?.detail).toContain('Connect an account on GitHub that may');
      expect(written()).toEqual([]);
    },
    patience(60_000),
  );

  it(
    'deploys again through the account of a person with write access, and GitHub gets statuses',
    async () => {
      github.world.login = 'ada';
      await joinInstallation(client, teamId, installation);
      const { environmentId: _, ...params } = docs;
      await client('services.update', { params, body: { source: fromRepository('initech/docs') } });
      const queued = await client('deployments.create', { params: docs, body: {} });
      expect((await end(docs, queued)).status).toBe('live');
      await until('GitHub has a status', async () => written().length > 0 || undefined);
      expect(new Set(written())).toEqual(new Set(['initech/docs']));
    },
    patience(60_000),
  );

  it(
    'is not confused with another person who has the login now',
    async () => {
      const { world } = github;
      const before = world.idOf('ada');
      world.forgetLogin('ada');
      expect(world.idOf('ada')).not.toBe(before);
      const queued = await client('deployments.create', { params: docs, body: {} });
      expect(await end(docs, queued)).toMatchObject({ status: 'failed', reason: { kind: 'Conflict', step: 'fetch' } });
    },
    patience(60_000),
  );
});
