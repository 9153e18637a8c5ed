import { join } from 'node:path';
import { type Live, openLive, type TopicFrame } from '@gantry/client/live.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { topics } from '@gantry/contract/topics.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { until } from './developer.ts';
import { client, platform } from './fixture.ts';
import { eventually, loggedBy, newService, visit } from './platform.ts';

const fixtures = join(import.meta.dirname, '../fixtures/apps');

function linesOf(frames: readonly TopicFrame[]): string[] {
  return frames.flatMap((frame) => (frame.type === 'logs' ? frame.lines.map((line) => line.text) : []));
}

/** Another version of the app: it answers with the output of its build. */
function version(text: string): Record<string, string> {
  return {
    'build.js': `require('node:fs').mkdirSync('dist', { recursive: true });
require('node:fs').writeFileSync('dist/greeting.txt', ${JSON.stringify(`${text}\n`)});`,
  };
}

describe('a developer', () => {
  let live: Live;
  let target: Target;
  let first: Deployment;
  let url: string;
  const appFrames: TopicFrame[] = [];

  beforeAll(async () => {
    live = await openLive(client);
    target = await newService(client, 'shop', { path: '/healthz', timeoutSeconds: 20 });
  }, 90_000);

  afterAll(() => live?.close());

  async function deploy(app: string, replace: Record<string, string> = {}) {
    const archive = await archiveOf(join(fixtures, app), replace);
    const queued = await upload(client, target, archive);
    const states: Deployment[] = [];
    const buildFrames: TopicFrame[] = [];
    const { serviceId, environmentId } = target;
    await Promise.all([
      live.subscribe(target, topics.buildLogs(queued.id), (frame) => buildFrames.push(frame)),
      live.subscribe(target, topics.appLogs(serviceId, environmentId), (frame) => appFrames.push(frame)),
    ]);
    const end = await follow(client, target, queued.id, (state) => states.push(state), patience(90_000));
    return { end, states, buildFrames };
  }

  it('uploads an app with a dependency, sees steps, build and app output live, and gets a URL that answers', async () => {
    const { end, states, buildFrames } = await deploy('node-npm', version('one'));
    expect(end).toMatchObject({ status: 'live', reason: null });
    expect(end.steps.map((step) => step.name)).toEqual(['prepare', 'build', 'rollout', 'verify', 'shift', 'finish']);
    expect(states.map((state) => state.version)).toEqual(
      [...states.map((state) => state.version)].sort((a, b) => a - b),
    );
    expect(states.length).toBeGreaterThan(3);
    first = end;
    url = end.url ?? '';
    expect(await visit(url)).toMatchObject({ status: 200, body: expect.stringContaining('one') });
    await eventually('the install in the build output', () =>
      linesOf(buildFrames).some((line) => line.includes('npm ci')),
    );
    await eventually('a line of the app', () => linesOf(appFrames).some((line) => line.includes('listening')));
  }, 120_000);

  it('reads the same output again in pages, without a duplicate', async () => {
    const { lines } = await client('logs.app', { params: target, query: { limit: '100' } });
    const ask = (query: { text?: string; level?: 'error' }) => client('logs.app', { params: target, query });
    expect((await ask({ text: 'LISTENING' })).lines).toEqual(lines.filter(({ text }) => /listening/i.test(text)));
    expect(await ask({ text: 'LISTENING', level: 'error' })).toEqual({ lines: [], next: null });
    expect(new Set(lines.map((line) => line.id)).size).toBe(lines.length);
    const seen = new Set(lines.map((line) => line.id));
    const received = appFrames.flatMap((frame) => (frame.type === 'logs' ? frame.lines.map((line) => line.id) : []));
    expect(received.every((id) => seen.has(id))).toBe(true);
    const build = await client('logs.build', { params: { ...target, deploymentId: first.id }, query: {} });
    expect(build.lines.some((line) => line.text.includes('npm ci'))).toBe(true);
  });

  it('uploads a second version, which replaces the first', async () => {
    const { end } = await deploy('node-npm', version('two'));
    expect(end.status).toBe('live');
    expect(end.url).toBe(url);
    expect((await visit(url)).body).toContain('two');
    const before = await client('deployments.get', { params: { ...target, deploymentId: first.id } });
    expect(before.status).toBe('removed');
  }, 120_000);

  it('rolls back to the first version without a build', async () => {
    const queued = await client('deployments.rollback', { params: target, body: {} });
    const end = await follow(client, target, queued.id, undefined, patience(60_000));
    expect(end).toMatchObject({ status: 'live', releaseId: first.releaseId });
    expect(end.steps.map((step) => step.name)).not.toContain('build');
    expect((await visit(url)).body).toContain('one');
  }, 90_000);

  it('gets help from an operator, who finds by one id all that the platform logged of a deployment', async () => {
    const rolledBack = (await client('deployments.list', { params: target })).items[0];
    expect(rolledBack?.traceId).not.toBe(first.traceId);
    const consumers = ['deploy/start', 'deploy/clean-up', 'deploy/count-timings', 'realtime/push'];
    const steps = ['prepare', 'rollout', 'verify', 'shift', 'finish'].map((step) => `deploy/${step}`);
    for (const entry of ['api/deployments', 'events/relay', ...consumers, ...steps]) {
      const lines = await until(`a line of ${entry}`, async () => {
        const found = await loggedBy(platform, entry, first.traceId);
        return found.length > 0 && found;
      });
      for (const line of lines) expect(line).toMatchObject({ level: 'info', traceId: first.traceId });
    }
    const [asked] = await loggedBy(platform, 'api/deployments', first.traceId);
    expect(asked).toMatchObject({ method: 'POST', route: 'deployments.create', status: 201, ms: expect.any(Number) });
    const prepared = await loggedBy(platform, 'deploy/prepare', first.traceId);
    expect(prepared).toEqual([expect.objectContaining({ message: 'step done', step: 'Prepare' })]);
  }, 60_000);

  it('reads how long deployments took', async () => {
    const {
      ended,
      total,
      platform: own,
      steps,
    } = await until('three deployments are live', async () => {
      const timings = await client('deployments.timings', { params: target, query: { days: '2' } });
      return timings.ended.live === 3 && timings;
    });
    expect(ended).toEqual({ live: 3, failed: 0, superseded: 0, cancelled: 0 });
    expect(total.count).toBe(3);
    expect(own.p99Ms).toBeLessThan(total.p99Ms ?? 0);
    expect(steps.map(({ name, count }) => [name, count])).toEqual([
      ['prepare', 3],
      ['build', 2],
      ['rollout', 3],
      ['verify', 3],
      ['shift', 3],
      ['finish', 3],
    ]);
    expect((await client('installation.timings', { query: {} })).ended.live).toBe(3);
  }, 30_000);

  it.each([
    ['a build fails', 'node-build-fails', 'BuildFailed', 'build'],
    ['an app exits at once', 'node-exits', 'ReleaseFailed', 'verify'],
  ])(
    'reads the reason when %s, and the earlier release stays live',
    async (_, app, kind, step) => {
      const { end } = await deploy(app);
      expect(end).toMatchObject({ status: 'failed', url: null, reason: { kind, step } });
      expect(end.reason?.lines.length).toBeGreaterThan(0);
      expect(end.reason?.detail).not.toBe('');
      expect((await visit(url)).body).toContain('one');
    },
    120_000,
  );

  it('deploys static pages', async () => {
    const other = await newService(client, 'pages');
    const queued = await upload(client, other, await archiveOf(join(fixtures, 'static-site')));
    const end = await follow(client, other, queued.id, undefined, patience(60_000));
    expect(end.status).toBe('live');
    expect((await visit(end.url ?? '')).status).toBe(200);
  }, 90_000);
});
