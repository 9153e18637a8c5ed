import assert from 'node:assert/strict';
import { openLive, type Scope, type TopicFrame } from '@gantry/client/live.ts';
import { PAGE_HEADER } from '@gantry/contract/route.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { topics } from '@gantry/contract/topics.ts';
import { describeArchive } from '@gantry/local/example/deploy.ts';
import { newService, visit } from '../journeys/platform.ts';
import { startReceiver } from '../journeys/receiver.ts';
import {
  collect,
  deadLetters,
  deployPages,
  ended,
  followersOf,
  handled,
  leaveBehind,
  loseArchive,
  outcomeOf,
  poison,
  publish,
  reconcile,
  setVariable,
} from './actions.ts';
import { databaseScenarios } from './database-scenarios.ts';
import { endingScenarios } from './ending-scenarios.ts';
import { peopleScenarios, refused } from './people-scenarios.ts';
import type { Platform } from './platform.ts';
import type { Scenario } from './scenario.ts';
import { sourceScenarios } from './source-scenarios.ts';

const DEPLOYING = ['deploy/start', 'deploy/prepare', 'events/relay', 'realtime/push', 'logs/ingest'];

/** From the cheapest to the dearest: a statement is tried first with the first scenario that uses it. */
export const scenarios: readonly Scenario[] = [
  {
    title: 'the platform starts, prepares its cluster and publishes its dashboard',
    functions: ['cluster/bootstrap', 'edge/publish'],
    once: true,
    async run({ cloud }) {
      assert.notEqual(cloud.owner.password, '');
      const page = await fetch(cloud.addresses.front);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /<div id="root">/);
    },
  },
  {
    title: 'the dashboard finds that nobody is signed in',
    functions: ['api/browser'],
    async run({ cloud }) {
      const { front: origin } = cloud.addresses;
      const headers = { origin, [PAGE_HEADER]: '1' };
      const answer = await fetch(`${origin}/v1/browser-session/refresh`, { method: 'POST', headers });
      assert.equal(await answer.text(), '{"access":null}');
    },
  },
  {
    title: 'anybody finds how to sign in, and the reference of the API',
    functions: ['api/meta'],
    async run({ cloud }) {
      for (const path of ['/v1/health', '/v1/sign-in', '/v1/openapi.json', '/docs']) {
        assert.equal((await fetch(`${cloud.addresses.front}${path}`)).status, 200, path);
      }
    },
  },
  {
    title: 'an owner signs in and sees their team',
    functions: ['api/identity'],
    async run({ signIn }) {
      const { teams } = await (await signIn())('session.get', {});
      assert.equal(teams[0]?.role, 'owner');
    },
  },
  ...peopleScenarios,
  {
    title: 'an owner creates a project, an environment and a service, and finds them listed',
    functions: ['api/projects'],
    async run({ signIn, name }) {
      const client = await signIn();
      const { serviceId, environmentId, ...params } = await newService(client, name('listed'));
      const environment = await client('environments.create', { params, body: { slug: 'preview' } });
      const services = await client('services.list', { params });
      assert.deepEqual(
        services.items.map(({ id }) => id),
        [serviceId],
      );
      const environments = await client('environments.list', { params });
      assert.deepEqual(
        environments.items.map(({ id }) => id),
        [environmentId, environment.id],
      );
    },
  },
  {
    title: 'an owner reads in the audit log which request changed what',
    functions: ['api/audit', 'api/projects'],
    async run({ signIn, name }) {
      const client = await signIn();
      const { teamId, projectId } = await newService(client, name('audited'));
      const { items } = await client('audit.list', { params: { teamId }, query: { target: projectId } });
      assert.deepEqual(
        items.map(({ event }) => event),
        ['project.created'],
      );
      assert.ok(items[0]?.requestId);
    },
  },
  {
    title: 'a member whose role changes learns that their topics ended, and subscribes again',
    functions: ['realtime/leave', 'realtime/socket'],
    async run(platform) {
      const client = await platform.signIn();
      const { user, teams } = await client('session.get', {});
      const teamId = teams[0]?.team.id ?? '';
      const live = await openLive(client);
      let resumed = false;
      const onResume = () => {
        resumed = true;
      };
      await live.subscribe({ teamId }, topics.team(teamId), { onFrame: () => undefined, onResume });
      const { items } = await client('members.list', { params: { teamId } });
      const member = items.find(({ userId }) => userId === user.id) ?? assert.fail('the owner is not listed');
      await publish(platform, 'member.changed', teamId, member);
      await platform.eventually('the member has subscribed again', () => resumed || undefined);
      live.close();
    },
  },
  {
    title: 'an outbox item that is not an event becomes a dead letter, and later items are still sent',
    functions: ['events/relay', 'realtime/push'],
    async run(platform) {
      const client = await platform.signIn();
      const { teams } = await client('session.get', {});
      const teamId = teams[0]?.team.id ?? '';
      const live = await openLive(client);
      const frames = await follow(live, { teamId }, [topics.team(teamId)]);
      await poison(platform);
      await newService(client, platform.name('behind'));
      await platform.eventually('the event behind it', () => frames.length > 0 || undefined);
      await platform.eventually('the dead letter', async () => (await deadLetters(platform, 'relay')) > 0 || undefined);
      live.close();
    },
  },
  {
    title: 'deploying an upload that never arrived is refused in plain words',
    functions: ['api/source', 'api/deployments'],
    async run({ signIn, name }) {
      const client = await signIn();
      const { environmentId, ...params } = await newService(client, name('not-arrived'));
      const { id } = await client('uploads.create', { params, body: describeArchive(Buffer.from('x')) });
      const deploying = client('deployments.create', { params: { ...params, environmentId }, body: { uploadId: id } });
      await refused(deploying, 'Conflict', 'The archive of this upload has not arrived');
    },
  },
  ...endingScenarios,
  ...sourceScenarios,
  {
    title: 'a second version runs its release command, gets its traffic in two shares, and is measured',
    functions: [
      ...['api/variables', 'api/metrics', 'deploy/release-command', 'deploy/check'],
      ...['schedule/reconcile', 'schedule/collect'],
    ],
    async run(platform) {
      const client = await platform.signIn();
      const target = await newService(client, platform.name('shares'));
      const release = { command: 'echo migrated', weights: [50, 100], bakeSeconds: 0, patienceMinutes: 0 };
      const { teamId, projectId, serviceId } = target;
      await client('services.update', { params: { teamId, projectId, serviceId }, body: { release } });
      await setVariable(client, target, 'one');
      let live: Deployment | undefined;
      for (const text of ['One', 'Two']) {
        const { deployment, goOn } = await deployPages(platform, client, target, { text });
        goOn();
        live = await ended(platform, client, target, deployment);
        const { status, reason, steps } = live;
        assert.equal(status, 'live', reason?.detail);
        assert.ok(steps.some(({ name }) => name === 'release-command'));
      }
      await visit(live?.url ?? '');
      await collect(platform);
      const { points } = await client('metrics.get', { params: target, query: {} });
      assert.ok(points.some(({ all }) => all.replicas !== null));
      const { deployment } = await setVariable(client, target, 'two');
      assert.notEqual(deployment, null, 'a build of the live release is queued');
      await client('deployments.cancel', { params: { ...target, deploymentId: deployment?.id ?? '' } });
      await reconcile(platform);
      if (live !== undefined) await loseArchive(platform, live);
      await refused(setVariable(client, target, 'three'), 'Conflict', 'A variable of the build changed');
    },
  },
  {
    title: 'a build that fails shows the reason, live and afterwards, and closed connections are forgotten',
    functions: [...DEPLOYING, 'deploy/revert', 'realtime/socket'],
    async run(platform) {
      const { signIn, eventually } = platform;
      const client = await signIn();
      const target = await newService(client, platform.name('fails'));
      const { deployment, goOn } = await deployPages(platform, client, target, { exitCode: 3 });
      const followed = [topics.deployment(deployment.id), topics.buildLogs(deployment.id)];
      const live = await openLive(client);
      const frames = await follow(live, target, followed);
      for (const topic of followed) await leaveBehind(platform, topic, 'lost');
      goOn();

      const { status, reason } = await ended(platform, client, target, deployment);
      assert.equal(status, 'failed');
      assert.equal(reason?.kind, 'BuildFailed');
      assert.ok(reason.lines.includes('built'), 'the reason has the last lines of the build');
      await eventually(
        'the end of the deployment on the live connection',
        () => frames.some((frame) => frame.type === 'event' && frame.name === 'deployment.finished') || undefined,
      );
      for (const topic of followed) await only(platform, topic, 1);
      live.close();
      for (const topic of followed) await only(platform, topic, 0);
    },
  },
  {
    title: 'an app that keeps exiting shows this in its health and in its log',
    functions: ['health/hear', 'health/look'],
    async run(platform) {
      const { signIn, eventually } = platform;
      const client = await signIn();
      const target = await newService(client, platform.name('exits'));
      const { deployment } = await deployPages(platform, client, target, { files: EXITING });
      const { status, reason } = await ended(platform, client, target, deployment);
      assert.equal(status, 'live', reason?.detail);
      await eventually('the health of the app', async () => {
        const { state } = await client('deployments.health', { params: target });
        return state === 'crashing' || undefined;
      });
      await eventually('the line of its exit', async () => {
        const { lines } = await client('logs.app', { params: target });
        return lines.some(({ platform: told, text }) => told && text.includes('exited with code 3')) || undefined;
      });
    },
  },
  {
    title: 'a test message reaches a channel at its new address, after a first failure, and says how it went',
    functions: ['api/alerts', 'notices/deliver'],
    async run(platform) {
      const client = await platform.signIn();
      const { serviceId, environmentId, ...params } = await newService(client, platform.name('watched'));
      const { teamId } = params;
      const rule = { name: 'Errors', metric: 'error-rate', threshold: 5, serviceId, environmentId } as const;
      const { id: alertId } = await client('alerts.create', { params, body: rule });
      await client('alerts.delete', { params: { ...params, alertId } });
      const receiver = await startReceiver();
      receiver.answers.push({ status: 500 });
      const body = { name: platform.name('ops'), kind: 'webhook', target: 'http://127.0.0.1:1/' } as const;
      const { channel } = await client('channels.create', { params: { teamId }, body });
      const ofChannel = { teamId, channelId: channel.id };
      await client('channels.update', { params: ofChannel, body: { target: receiver.url } });
      const { id: noticeId } = await client('channels.test', { params: ofChannel });
      await platform.eventually('the delivery', async () => {
        const { status } = await client('notices.get', { params: { ...ofChannel, noticeId } });
        return status === 'delivered' || undefined;
      });
      await client('channels.delete', { params: ofChannel });
      receiver.stop();
    },
  },
  ...databaseScenarios,
  {
    title: 'uploaded pages go live at their address, with steps and output followed live and read again as pages',
    functions: [
      ...DEPLOYING,
      'deploy/rollout',
      'deploy/verify',
      'deploy/shift',
      'deploy/finish',
      'deploy/count-timings',
    ],
    async run(platform) {
      const { signIn, eventually } = platform;
      const client = await signIn();
      const target = await newService(client, platform.name('pages'));
      const { deployment, goOn } = await deployPages(platform, client, target, { text: 'Hello' });
      const build = topics.buildLogs(deployment.id);
      const app = topics.appLogs(target.serviceId, target.environmentId);
      const live = await openLive(client);
      const frames = await follow(live, target, [topics.deployment(deployment.id), build, app]);
      goOn();

      const { status, url, reason } = await ended(platform, client, target, deployment);
      assert.equal(status, 'live', reason?.detail);
      assert.equal(await outcomeOf(platform, deployment), 'SUCCEEDED');
      await handled(platform, 'deploy/clean-up', deployment.traceId);
      assert.match((await visit(url ?? '')).body, /Hello/);
      await eventually(
        'the end of the deployment on the live connection',
        () => frames.some((frame) => frame.type === 'event' && frame.name === 'deployment.finished') || undefined,
      );
      await eventually('the output of the build on the live connection', () => says(frames, build, 'built'));
      await eventually('the output of the app on the live connection', () => says(frames, app, 'Serving files'));
      live.close();
      const params = { ...target, deploymentId: deployment.id };
      const built = await client('logs.build', { params });
      assert.ok(built.lines.some(({ text }) => text === 'built'));
      const served = await client('logs.app', { params: target });
      assert.ok(served.lines.some(({ text }) => text.startsWith('Serving files')));
      await eventually('the time that it took', async () => {
        const { total } = await client('deployments.timings', { params: target });
        return total.count === 1 || undefined;
      });
    },
  },
];

/** A program that serves for a second and exits. */
const EXITING = {
  'gantry.json': '{}',
  'package.json': JSON.stringify({ name: 'exits', version: '1.0.0', private: true }),
  'index.js': `require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT);
setTimeout(() => process.exit(3), 1000);`,
};

/** Follows topics. Returns the frames; the list grows as more arrive. */
async function follow(
  live: Awaited<ReturnType<typeof openLive>>,
  scope: Scope,
  followed: readonly string[],
): Promise<readonly TopicFrame[]> {
  const frames: TopicFrame[] = [];
  for (const topic of followed) await live.subscribe(scope, topic, (frame) => frames.push(frame));
  return frames;
}

function says(frames: readonly TopicFrame[], topic: string, text: string): true | undefined {
  const lines = frames.flatMap((frame) => (frame.type === 'logs' && frame.topic === topic ? frame.lines : []));
  return lines.some((line) => line.text.includes(text)) || undefined;
}

/** Waits until so many connections follow a topic. */
async function only(platform: Platform, topic: string, count: number): Promise<void> {
  await platform.eventually(
    `${count === 0 ? 'no follower' : 'none but the open connection'} at ${topic.split(':')[0]}`,
    async () => (await followersOf(platform, topic)).length === count || undefined,
  );
}
