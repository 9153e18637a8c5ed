import assert from 'node:assert/strict';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { newService } from '../journeys/platform.ts';
import { deployPages, ended, handled, outcomeOf, reconcile, started, stopMachine, unlearnEnd } from './actions.ts';
import { buildAgain, claimed } from './builds.ts';
import type { Scenario } from './scenario.ts';

/** Cancelled deployments and deleted objects. */
export const endingScenarios: readonly Scenario[] = [
  {
    title: 'a deleted environment and a deleted service are gone, and a deployment of a deleted project is stopped',
    functions: [
      'api/projects',
      'delete/start',
      'delete/stop-deployments',
      'delete/remove-workloads',
      'delete/remove-records',
    ],
    async run(platform) {
      const { signIn, eventually } = platform;
      const client = await signIn();
      const held = await newService(client, platform.name('held'));
      const { deployment } = await deployPages(platform, client, held, { text: 'Never seen' });
      const params = { ...held, deploymentId: deployment.id };
      await eventually('the build', async () => {
        const { status } = await client('deployments.get', { params });
        return status === 'building' || undefined;
      });
      const { teamId, projectId } = held;
      assert.equal((await client('projects.delete', { params: { teamId, projectId } })).status, 'deleting');
      const states = new SFNClient(platform.operator);
      const machine = platform.output('workflows', 'DeployMachine').replace(':stateMachine:', ':execution:');
      await eventually('the end of the machine of the deployment', async () => {
        const command = new DescribeExecutionCommand({ executionArn: `${machine}:${deployment.id}` });
        return (await states.send(command)).status === 'ABORTED' || undefined;
      });
      assert.equal((await client('deployments.get', { params })).status, 'cancelled');
      await handled(platform, 'delete/stop-deployments', 'step done');

      const { environmentId, ...service } = await newService(client, platform.name('ends'));
      const production = { teamId, projectId: service.projectId, environmentId };
      await client('environments.delete', { params: production, query: { confirm: platform.name('ends') } });
      await client('services.delete', { params: service });
      await eventually('the end of the environment', async () => {
        const { items } = await client('environments.list', { params: production });
        return items.length === 0 || undefined;
      });
      await eventually('the end of the service', async () => {
        const { items } = await client('services.list', { params: service });
        return items.length === 0 || undefined;
      });
    },
  },
  {
    title:
      'a stopped machine ends its deployment and its builds, and the reconciler finds one whose end was not reported',
    functions: ['deploy/fail-run', 'schedule/reconcile'],
    async run(platform) {
      const client = await platform.signIn();
      const target = await newService(client, platform.name('stopped'));
      const { deployment } = await deployPages(platform, client, target, { text: 'Never seen' });
      const left = await buildAgain(platform, deployment);
      await stopMachine(platform, deployment);
      const { status, reason } = await ended(platform, client, target, deployment);
      assert.equal(status, 'failed');
      assert.match(reason?.detail ?? '', /stopped by an operator/);
      await platform.eventually('the end of the build', async () => (await left()) === 'STOPPED' || undefined);

      await unlearnEnd(platform, deployment);
      await reconcile(platform);
      const found = await client('deployments.get', { params: { ...target, deploymentId: deployment.id } });
      assert.deepEqual([found.status, found.reason?.detail], [status, reason?.detail]);

      await unlearnEnd(platform, deployment, 2);
      await reconcile(platform);
      await started(platform, deployment, 2);
      await client('deployments.cancel', { params: { ...target, deploymentId: deployment.id } });
    },
  },
  {
    title: 'a cancelled deployment is cleaned up by both consumers: that of its own end, and that of its machine’s end',
    functions: ['deploy/clean-up', 'deploy/fail-run'],
    async run(platform) {
      const client = await platform.signIn();
      const target = await newService(client, platform.name('cancelled'));
      const { deployment } = await deployPages(platform, client, target, { text: 'Never seen' });
      await claimed(platform, deployment);
      await client('deployments.cancel', { params: { ...target, deploymentId: deployment.id } });
      assert.equal(await outcomeOf(platform, deployment), 'ABORTED');
      for (const entry of ['deploy/clean-up', 'deploy/fail-run']) await handled(platform, entry, deployment.traceId);
    },
  },
];
