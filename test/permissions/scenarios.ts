import assert from 'node:assert/strict';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Client } from '@gantry/contract/client.ts';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { openLive, type TopicFrame } from '@gantry/contract/live.ts';
import { topics } from '@gantry/contract/schemas/realtime.ts';
import { newService, visit } from '../journeys/platform.ts';
import { deployPages, ended, followersOf, leaveBehind, outcomeOf } from './actions.ts';
import type { Platform } from './platform.ts';

/** Something that a user or an operator would notice. */
export interface Scenario {
  readonly title: string;
  /** The functions that take part, by entry point: each must leave lines in its own log. */
  readonly functions: readonly string[];
  run(platform: Platform): Promise<void>;
}

const DEPLOYING = ['deploy/start', 'deploy/prepare', 'events/relay', 'realtime/push', 'logs/ingest'];

/** From the cheapest to the dearest: a statement is tried first with the first scenario that uses it. */
export const scenarios: readonly Scenario[] = [
  {
    title: 'the platform starts and prepares its cluster',
    functions: ['cluster/bootstrap'],
    async run({ cloud }) {
      assert.notEqual(cloud.owner.password, '');
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
  {
    title: 'a stranger is told by every part of the API that nobody invited them',
    functions: ['api/identity', 'api/projects', 'api/source', 'api/deployments', 'api/logs'],
    async run(platform) {
      const client = await stranger(platform);
      const params = {
        teamId: newId('team'),
        projectId: newId('project'),
        serviceId: newId('service'),
        environmentId: newId('environment'),
      };
      const { teamId, projectId, serviceId } = params;
      for (const call of [
        () => client('session.get', {}),
        () => client('projects.list', { params: { teamId } }),
        () => client('uploads.create', { params: { teamId, projectId, serviceId } }),
        () => client('deployments.list', { params }),
        () => client('logs.app', { params }),
      ]) {
        await refused(call(), 'Forbidden', 'Nobody has invited you');
      }
    },
  },
  {
    title: 'an owner creates a project, an environment and a service, and finds them listed',
    functions: ['api/projects'],
    async run({ signIn }) {
      const client = await signIn();
      const { serviceId, environmentId, ...params } = await newService(client, 'listed');
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
    title: 'deploying an upload that never arrived is refused in plain words',
    functions: ['api/source', 'api/deployments'],
    async run({ signIn }) {
      const client = await signIn();
      const { environmentId, ...params } = await newService(client, 'not-arrived');
      const { id } = await client('uploads.create', { params });
      const deploying = client('deployments.create', { params: { ...params, environmentId }, body: { uploadId: id } });
      await refused(deploying, 'Conflict', 'The archive of this upload has not arrived');
    },
  },
  {
    title: 'a build that fails says why, live and afterwards, and connections that are gone are forgotten',
    functions: [...DEPLOYING, 'deploy/revert', 'realtime/connect', 'realtime/message', 'realtime/disconnect'],
    async run(platform) {
      const { signIn, eventually } = platform;
      const client = await signIn();
      const target = await newService(client, 'fails');
      const { deployment, goOn } = await deployPages(platform, client, target, { exitCode: 3 });
      const followed = [topics.deployment(deployment.id), topics.buildLogs(deployment.id)];
      const live = await openLive(client);
      const frames = await follow(live, target.teamId, followed);
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
    title: 'uploaded pages go live at their address, with steps and output followed live and read again as pages',
    functions: [...DEPLOYING, 'deploy/rollout', 'deploy/verify', 'deploy/shift', 'deploy/finish'],
    async run(platform) {
      const { signIn, eventually } = platform;
      const client = await signIn();
      const target = await newService(client, 'pages');
      const { deployment, goOn } = await deployPages(platform, client, target, { text: 'Hello' });
      const build = topics.buildLogs(deployment.id);
      const app = topics.appLogs(target.serviceId, target.environmentId);
      const live = await openLive(client);
      const frames = await follow(live, target.teamId, [topics.deployment(deployment.id), build, app]);
      goOn();

      const { status, url, reason } = await ended(platform, client, target, deployment);
      assert.equal(status, 'live', reason?.detail);
      assert.equal(await outcomeOf(platform, deployment), 'SUCCEEDED');
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
    },
  },
];

/** An account of the user pool that nobody invited to a team. */
async function stranger({ output, operator, signIn }: Platform): Promise<Client> {
  const cognito = new CognitoIdentityProviderClient(operator);
  const user = { UserPoolId: output('identity', 'UserPoolId'), Username: 'stranger@example.com' };
  const password = 'Nobody-1nvited-me';
  const UserAttributes = [
    { Name: 'email', Value: user.Username },
    { Name: 'email_verified', Value: 'true' },
  ];
  await cognito.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
  return signIn(user.Username, password);
}

/** The call must be refused with this kind of error and these words. */
async function refused(call: Promise<unknown>, kind: ErrorKind, words: string): Promise<void> {
  const error = await call.then(
    () => assert.fail(`it was allowed, not refused as ${kind}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GantryError) || error.kind !== kind || !error.message.startsWith(words)) {
    assert.fail(`${String(error)}, not ${kind}: ${words}`);
  }
}

/** Follows topics; answers the frames, which go on to come in. */
async function follow(
  live: Awaited<ReturnType<typeof openLive>>,
  teamId: string,
  followed: readonly string[],
): Promise<readonly TopicFrame[]> {
  const frames: TopicFrame[] = [];
  for (const topic of followed) await live.subscribe(teamId, topic, (frame) => frames.push(frame));
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
