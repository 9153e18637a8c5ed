import { join } from 'node:path';
import { type Live, openLive, type TopicFrame } from '@gantry/client/live.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';
import type { OperationId } from '@gantry/contract/routes.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { topics } from '@gantry/contract/topics.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declared } from '../api/call.ts';
import { patience } from '../patience.ts';
import { client, platform } from './fixture.ts';
import { digestOf, filesBelow, placesWith, plant } from './planted.ts';
import { newService, visit } from './platform.ts';

const app = join(import.meta.dirname, '../fixtures/apps/node-npm');

/** Its build prints its variables, and keeps a digest of them; the app answers digests of its own variables. */
const telling = (fails = false) => ({
  'build.js': `const { createHash } = require('node:crypto');
const { BUILD_KEY, BUILD_AUTH } = process.env;
console.log('the key is', BUILD_KEY, Buffer.from(BUILD_KEY).toString('base64'), BUILD_AUTH.slice('Bearer '.length));
if (${fails}) throw new Error(\`no luck with \${BUILD_KEY}\`);
require('node:fs').mkdirSync('dist', { recursive: true });
require('node:fs').writeFileSync('dist/key.txt', createHash('sha256').update(BUILD_KEY).digest('hex'));`,
  'server.js': `const { createHash } = require('node:crypto');
const digest = (text) => createHash('sha256').update(text).digest('hex');
const { RUN_KEY, AUTH, GREETING = '', GANTRY_PUBLIC_DOMAIN } = process.env;
const { constructor: inherited } = { ...process.env };
const built = require('node:fs').readFileSync(__dirname + '/dist/key.txt', 'utf8');
const isBuildKeyHere = 'BUILD_KEY' in process.env;
const answer = { run: digest(RUN_KEY), auth: digest(AUTH), built, isBuildKeyHere, inherited, GREETING, GANTRY_PUBLIC_DOMAIN };
require('node:http').createServer((_, response) => response.end(JSON.stringify(answer))).listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));`,
});

describe('the variables of a service', () => {
  let live: Live;
  let target: Target;
  let url: string;
  const secrets = [plant(), plant(), plant(), plant(), plant()] as const;
  const [runKey, buildKey, newRunKey, license, newLicense] = secrets;
  const frames: TopicFrame[] = [];
  const deployments: Deployment[] = [];

  beforeAll(async () => {
    live = await openLive(client);
    target = await newService(client, 'vault');
  }, 90_000);

  afterAll(() => live?.close());

  const set = async (variables: Record<string, { value: string; sealed?: boolean; scope?: 'build' }>) => {
    const { teamId, projectId, environmentId, serviceId } = target;
    const call = { params: { teamId, projectId }, query: { environmentId, serviceId } };
    await client('variables.stage', { ...call, body: { set: variables } });
    return client('variables.apply', call);
  };
  const end = async (queued: Deployment) => {
    await live.subscribe(target, topics.buildLogs(queued.id), (frame) => frames.push(frame));
    const ended = await follow(client, target, queued.id, undefined, patience(90_000));
    deployments.push(ended);
    return ended;
  };
  const answered = async () => JSON.parse((await visit(url)).body) as Record<string, unknown>;

  it('reach the build and the app, each its own, with references resolved', async () => {
    const { teamId, projectId, serviceId, environmentId } = target;
    for (const topic of [topics.team(teamId), topics.project(projectId), topics.appLogs(serviceId, environmentId)])
      await live.subscribe(target, topic, (frame) => frames.push(frame));
    const applied = await set({
      RUN_KEY: { value: runKey, sealed: true },
      BUILD_KEY: { value: buildKey, sealed: true, scope: 'build' },
      AUTH: { value: `Bearer \${{RUN_KEY}}` },
      LICENSE: { value: license, sealed: true },
      constructor: { value: 'a name that every object has' },
      BUILD_AUTH: { value: `Bearer \${{LICENSE}}`, scope: 'build' },
    });
    expect(applied.deployment).toBeNull();
    const deployed = await end(await upload(client, target, await archiveOf(app, telling())));
    expect(deployed).toMatchObject({ status: 'live', reason: null });
    url = deployed.url ?? '';
    expect(await answered()).toEqual({
      run: digestOf(runKey),
      auth: digestOf(`Bearer ${runKey}`),
      built: digestOf(buildKey),
      isBuildKeyHere: false,
      inherited: 'a name that every object has',
      GREETING: '',
      GANTRY_PUBLIC_DOMAIN: new URL(url).hostname,
    });
  }, 120_000);

  it('reach the app by one deployment without a build when they change', async () => {
    const { deployment } = await set({ RUN_KEY: { value: newRunKey }, GREETING: { value: 'hello' } });
    if (deployment === null) throw new Error('nothing was queued');
    const ended = await end(deployment);
    expect(ended.steps.map(({ name }) => name)).toEqual(['prepare', 'rollout', 'verify', 'shift', 'finish']);
    expect(await answered()).toMatchObject({ run: digestOf(newRunKey), GREETING: 'hello' });
  }, 90_000);

  it('go back to the old values with a rollback, and to the present ones with a redeployment', async () => {
    await end(await client('deployments.rollback', { params: target, body: {} }));
    expect(await answered()).toMatchObject({ run: digestOf(runKey), GREETING: '' });
    await end(await client('deployments.redeploy', { params: target }));
    expect(await answered()).toMatchObject({ run: digestOf(newRunKey), GREETING: 'hello' });
  }, 120_000);

  it('cause a new build when a variable changes that a build variable refers to', async () => {
    const { deployment } = await set({ LICENSE: { value: newLicense } });
    if (deployment === null) throw new Error('nothing was queued');
    expect((await end(deployment)).steps.map(({ name }) => name)).toContain('build');
  }, 120_000);

  it('that change during a newer deployment go live with it', async () => {
    const newer = { 'server.js': telling()['server.js'].replace('{ run:', "{ version: 'newer', run:") };
    const queued = await upload(client, target, await archiveOf(app, { ...telling(), ...newer }));
    const { deployment } = await set({ GREETING: { value: 'welcome' } });
    if (deployment === null) throw new Error('nothing was queued');
    expect(await end(deployment)).toMatchObject({ status: 'live', source: queued.source });
    expect(await answered()).toMatchObject({ version: 'newer', GREETING: 'welcome' });
  }, 120_000);

  it('appear nowhere in clear when sealed: not in answers, frames, logs, images or files', async () => {
    const failed = await end(await upload(client, target, await archiveOf(app, telling(true))));
    expect(failed).toMatchObject({ status: 'failed', reason: { kind: 'BuildFailed' } });
    const { lines } = await client('logs.build', { params: { ...target, deploymentId: failed.id }, query: {} });
    expect(lines.map(({ text }) => text).join('\n')).toContain('the key is *** *** ***');
    const answers: [string, Buffer][] = [];
    for (const { id } of deployments) {
      for (const operation of gets()) answers.push(await read(operation, { ...target, deploymentId: id }));
    }
    const others: [string, Buffer][] = [
      ['frames', Buffer.from(JSON.stringify(frames))],
      ['output', Buffer.from(platform.output())],
    ];
    expect(frames.length).toBeGreaterThan(20);
    expect(placesWith(secrets, [...answers, ...others])).toEqual([]);
    live.close();
    await platform.stop();
    expect(placesWith(secrets, filesBelow(platform.dataDir))).toEqual([]);
    // The build's copy of a secret is found: the search looks into the layers of images.
    const digest = placesWith([digestOf(buildKey)], filesBelow(platform.dataDir));
    expect(digest).toContainEqual(expect.stringContaining('unpacked'));
  }, 150_000);

  /** Every route that reads a record of this journey. */
  function gets(): OperationId[] {
    const known = [...Object.keys(target), 'deploymentId'];
    return declared.flatMap(([operation, { method, params }]: [OperationId, Route]) =>
      method === 'GET' && Object.keys(params?.shape ?? {}).every((name) => known.includes(name)) ? [operation] : [],
    );
  }

  async function read(operation: OperationId, params: Record<string, string>): Promise<[string, Buffer]> {
    const { environmentId, serviceId } = target;
    const query =
      operation.startsWith('variables.') && operation !== 'variables.resolve' ? { environmentId, serviceId } : {};
    // A deployment with a failed build has no release to read: its refusal is searched too.
    const answer: unknown = await client(operation, { params, query } as never).catch((error: unknown) => {
      if (error instanceof GantryError && error.kind === 'NotFound') return error.message;
      throw error;
    });
    return [operation, Buffer.from(JSON.stringify(answer))];
  }
});
