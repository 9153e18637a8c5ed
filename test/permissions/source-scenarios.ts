import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Target } from '@gantry/local/example/deploy.ts';
import { joinInstallation } from '../journeys/installation.ts';
import { newService } from '../journeys/platform.ts';
import { deployPages, ended, type Held, pages, reconcile } from './actions.ts';
import { claimed, takePlaces, waiting } from './builds.ts';
import type { Scenario } from './scenario.ts';

/** How a commit becomes a build, and how builds take turns. */
export const sourceScenarios: readonly Scenario[] = [
  {
    title: "a delivery of GitHub is accepted only if it is signed with the App's secret",
    functions: ['source/receive'],
    once: true,
    async run(platform) {
      const github = await platform.github();
      const { id } = github.install('nobody');
      assert.equal((await github.installation('suspend', id, { secret: 'a guess' })).status, 401);
      assert.equal((await github.installation('suspend', id)).status, 202);
    },
  },
  {
    title: 'a git server gets the credential that is stored for it',
    functions: ['api/projects', 'deploy/fetch'],
    async run(platform) {
      const client = await platform.signIn();
      const told: (string | undefined)[] = [];
      const server = createServer((request, response) => {
        told.push(request.headers.authorization);
        response.writeHead(404).end();
      }).listen(0, '127.0.0.1');
      try {
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        const { environmentId, ...params } = await newService(client, platform.name('closed'));
        const source = { kind: 'git' as const, url: `http://127.0.0.1:${port}/shop.git`, branch: 'main' };
        await client('services.update', { params, body: { source } });
        await client('services.setCredential', { params, body: { username: 'deploy', token: 'a-token' } });
        const target = { ...params, environmentId };
        await ended(platform, client, target, await client('deployments.create', { params: target, body: {} }));
        assert.equal(told[0], `Basic ${Buffer.from('deploy:a-token').toString('base64')}`);
      } finally {
        server.close().closeAllConnections();
      }
    },
  },
  {
    title: 'a push to a repository of an installation that an owner joined goes live, and GitHub gets the status',
    functions: ['api/projects', 'api/source', 'source/deliver', 'source/report', 'deploy/fetch'],
    once: true,
    async run(platform) {
      const { signIn, eventually } = platform;
      const github = await platform.github();
      await github.createRepository('acme/shop');
      const client = await signIn();
      const { environmentId, ...params } = await newService(client, platform.name('pushed'));
      await joinInstallation(client, params.teamId, github.install('acme').id);
      const source = { kind: 'github' as const, repository: 'acme/shop', branch: 'main', watchPaths: [] };
      await client('services.update', { params, body: { source } });
      assert.equal((await github.push('acme/shop', 'main', pages('Hello'))).response.status, 202);
      const target = { ...params, environmentId };
      const deployment = await eventually('the deployment of the push', async () => {
        const { items } = await client('deployments.list', { params: target });
        return items[0];
      });
      const { status, reason } = await ended(platform, client, target, deployment);
      assert.equal(status, 'live', reason?.detail);
      const { statuses, deployments } = github.world;
      await eventually('success on GitHub', () => statuses.at(-1)?.body['state'] === 'success' || undefined);
      assert.equal(deployments.length, 1, 'a known deployment on GitHub is updated, not created again');
    },
  },
  {
    title:
      'a waiting build gets the place of a build whose end was not reported, and another waiting build the place of one that ends',
    functions: ['deploy/queue', 'builds/claim-build', 'builds/end-build', 'schedule/reconcile'],
    once: true,
    async run(platform) {
      const client = await platform.signIn();
      const fails = async (target: Target, { deployment }: Held) => {
        const { reason } = await ended(platform, client, target, deployment);
        assert.equal(reason?.kind, 'BuildFailed', reason?.detail);
      };
      const [one, two] = [
        await newService(client, platform.name('turn-one')),
        await newService(client, platform.name('turn-two')),
      ];
      await takePlaces(platform, one.teamId, 4);
      const first = await deployPages(platform, client, one, { exitCode: 3 });
      await waiting(platform, client, one, first.deployment);
      await reconcile(platform);
      await claimed(platform, first.deployment);

      await takePlaces(platform, one.teamId, 3);
      const second = await deployPages(platform, client, two, { exitCode: 3 });
      second.goOn();
      await waiting(platform, client, two, second.deployment);
      first.goOn();
      await fails(one, first);
      await fails(two, second);
      await reconcile(platform);
    },
  },
];
