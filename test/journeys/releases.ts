import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { processesNaming } from '../faults/processes.ts';
import { answering, developer, running, until } from './developer.ts';
import { client, platform } from './fixture.ts';
import { type AuditLine, auditOf, generationOf, newService, visit } from './platform.ts';

let ada: ReturnType<typeof developer>;
let folder: string;

beforeAll(() => {
  ada = developer(client);
  folder = mkdtempSync(join(tmpdir(), 'gantry-releases-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stepsOf = ({ steps }: Deployment, run: number) =>
  steps.filter((step) => step.run === run).map(({ name }) => name);

/** A service's releases in the cluster, from the audit log of writes and deletions. */
const releasesIn = (audit: readonly AuditLine[]) => {
  const there = new Set<string>();
  for (const { verb, objectRef, responseStatus } of audit) {
    // The path of a creation has no name yet; later writes have one.
    if (objectRef.resource !== 'deployments' || objectRef.name === undefined || responseStatus.code >= 300) continue;
    if (verb === 'delete') there.delete(objectRef.name);
    else there.add(objectRef.name);
  }
  return [...there];
};

describe('twenty deployments of one service in five seconds', () => {
  it('leave the last one live and the others superseded, and an older one never writes to the cluster after a newer', async () => {
    const target = await newService(client, 'hurried', { timeoutSeconds: 20 });
    const { source } = await ada.queue(target, answering('hurried'));
    const uploadId = source.kind === 'upload' ? source.uploadId : '';
    const queued: Deployment[] = [];
    for (let turn = 1; turn < 20; turn += 1) {
      queued.push(await client('deployments.create', { params: target, body: { uploadId } }));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const last = queued.at(-1);
    if (last === undefined) throw new Error('nothing was queued');
    expect((await ada.end(target, last)).status).toBe('live');
    const { items } = await client('deployments.list', { params: target, query: { limit: '100' } });
    expect(items.map(({ status }) => status)).toEqual(['live', ...Array.from({ length: 19 }, () => 'superseded')]);
    const audit = await until('the cluster has one release', async () => {
      const lines = auditOf(platform, target);
      return releasesIn(lines).length === 1 && lines;
    });
    const generations = audit.map(generationOf).filter((generation) => generation !== undefined);
    expect(generations.length).toBeGreaterThan(0);
    expect(generations).toEqual([...generations].sort((a, b) => a - b));
    expect((await visit((await ada.get(target, last)).url ?? '')).body).toBe('hurried');
  }, 90_000);
});

describe('a cancelled deployment', () => {
  it('ends at once and stops its build, and the service can be deployed again', async () => {
    const target = await newService(client, 'cancelled', { timeoutSeconds: 20 });
    const marker = join(folder, 'built');
    const slow = {
      'package.json': JSON.stringify({
        name: 'slow',
        version: '1.0.0',
        engines: { node: '>=20' },
        scripts: { start: 'node index.js', build: `sleep 600 && touch ${marker}` },
      }),
    };
    const queued = await ada.queue(target, { ...answering('slow'), ...slow });
    await until('the build runs', async () => {
      const { lines } = await client('logs.build', { ...ada.at(target, queued), query: {} });
      return lines.some(({ text }) => text.includes('sleep'));
    });
    const cancelled = await client('deployments.cancel', ada.at(target, queued));
    expect(cancelled).toMatchObject({
      status: 'cancelled',
      reason: { detail: expect.stringContaining('cancelled by') },
    });
    expect(await client('deployments.cancel', ada.at(target, queued))).toEqual(cancelled);
    const next = await ada.deploy(target, answering('after'));
    expect(next.status).toBe('live');
    expect((await visit(next.url ?? '')).body).toBe('after');
    await expect(client('deployments.cancel', ada.at(target, next))).rejects.toMatchObject({ kind: 'Conflict' });
    await until('the build has ended', () => processesNaming(marker).length === 0);
    expect(existsSync(marker)).toBe(false);
  }, 60_000);
});

describe('a release that gets its traffic step by step', () => {
  let target: Target;
  let url: string;

  async function shares(visits: number): Promise<Record<string, number>> {
    const bodies = await Promise.all(Array.from({ length: visits }, async () => (await visit(url)).body));
    return Object.fromEntries(['one', 'two'].map((text) => [text, bodies.filter((body) => body === text).length]));
  }

  it('gets each share of the schedule, and all traffic in the end', async () => {
    target = await newService(client, 'gradual', { timeoutSeconds: 20 });
    await ada.configure(target, { release: { weights: [30, 100], bakeSeconds: 6, patienceMinutes: 0 } });
    const first = await ada.deploy(target, answering('one'));
    expect(first).toMatchObject({ status: 'live', weight: 100 });
    url = first.url ?? '';
    const queued = await ada.queue(target, answering('two'));
    await until(
      'the release has its first share of the traffic',
      async () => (await ada.get(target, queued)).weight === 30,
    );
    const { one = 0, two = 0 } = await shares(100);
    expect(one + two).toBe(100);
    expect(two).toBeGreaterThan(10);
    expect(two).toBeLessThan(60);
    expect(await ada.end(target, queued)).toMatchObject({ status: 'live', weight: 100 });
    expect(await shares(20)).toEqual({ one: 0, two: 20 });
  }, 60_000);

  it('loses its share when it is cancelled during a bake', async () => {
    await ada.configure(target, { release: { bakeSeconds: 600 } });
    const queued = await ada.queue(target, answering('one'));
    await until(
      'the release has its first share of the traffic',
      async () => (await ada.get(target, queued)).weight === 30,
    );
    await client('deployments.cancel', ada.at(target, queued));
    await until('the traffic is back', async () => (await shares(10)).two === 10);
    await until('the release is gone', async () => releasesIn(auditOf(platform, target)).length === 2);
  }, 60_000);

  it('loses its share when it is unhealthy after a bake', async () => {
    await ada.configure(target, { release: { bakeSeconds: 2 } });
    const queued = await ada.queue(target, answering('one', `setTimeout(() => process.exit(3), 2_000);`));
    const failed = await ada.end(target, queued);
    expect(failed).toMatchObject({ status: 'failed', weight: 0, reason: { kind: 'ReleaseFailed' } });
    expect(failed.reason?.detail).toContain('30 %');
    expect(await shares(10)).toEqual({ one: 0, two: 10 });
  }, 60_000);
});

describe('a promotion', () => {
  it('releases the image of another environment, without a build, with the variables of its own', async () => {
    const production = await newService(client, 'promoted', { timeoutSeconds: 20 });
    const { teamId, projectId } = production;
    const { id } = await client('environments.create', {
      params: { teamId, projectId },
      body: { slug: 'promoted-staging' },
    });
    const staging = { ...production, environmentId: id };
    const body = { environmentId: staging.environmentId };
    await expect(client('deployments.promote', { params: production, body })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    const tested = await ada.deploy(
      staging,
      running(`require('node:http')
      .createServer((_request, response) => response.end(process.env.GANTRY_ENVIRONMENT))
      .listen(Number(process.env.PORT));
      process.once('SIGTERM', () => process.exit(0));`),
    );
    expect(tested).toMatchObject({ status: 'live', reason: null });
    const other = { ...body, imageDigest: `sha256:${'0'.repeat(64)}` };
    await expect(client('deployments.promote', { params: production, body: other })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    const queued = await client('deployments.promote', {
      params: production,
      body: { ...body, imageDigest: tested.imageDigest ?? '' },
    });
    const promoted = await ada.end(production, queued);
    expect(promoted).toMatchObject({ status: 'live', imageDigest: tested.imageDigest, promotedFrom: tested.id });
    expect(promoted.steps.map(({ name }) => name)).not.toContain('build');
    const bodies = await Promise.all([tested, promoted].map(async ({ url }) => (await visit(url ?? '')).body));
    expect(new Set(bodies).size).toBe(2);
  }, 60_000);
});

describe('a failed deployment', () => {
  it('can be redriven from the failed step, without a second build, while it is the newest', async () => {
    const target = await newService(client, 'redriven', { timeoutSeconds: 10 });
    const mended = join(folder, 'mended');
    const program = answering(
      'mended',
      `if (!require('node:fs').existsSync(${JSON.stringify(mended)})) process.exit(1);`,
    );
    // It listens on its own port, which its source names and its service does not.
    const source = program['index.js']?.replace('Number(process.env.PORT)', 'port') ?? '';
    const files = { 'index.js': `const port = 3117;\n${source}` };
    const failed = await ada.deploy(target, files);
    expect(failed).toMatchObject({ status: 'failed', run: 1, reason: { step: 'verify' } });
    expect(failed.steps.find(({ name }) => name === 'verify')).toMatchObject({
      status: 'failed',
      attempts: 1,
      reason: failed.reason?.detail,
    });
    writeFileSync(mended, '');
    const again = await client('deployments.redrive', ada.at(target, failed));
    expect(again).toMatchObject({
      id: failed.id,
      traceId: failed.traceId,
      status: 'queued',
      run: 2,
      reason: null,
      finishedAt: null,
    });
    const live = await ada.end(target, again);
    expect(live.reason).toBeNull();
    expect(live).toMatchObject({ status: 'live', run: 2, imageDigest: failed.imageDigest ?? expect.any(String) });
    expect(stepsOf(live, 1)).toEqual(['prepare', 'build', 'rollout', 'verify', 'revert']);
    expect(stepsOf(live, 2)).toEqual(['prepare', 'rollout', 'verify', 'shift', 'finish']);
    expect((await visit(live.url ?? '')).body).toBe('mended');
    await expect(client('deployments.redrive', ada.at(target, live))).rejects.toMatchObject({ kind: 'Conflict' });
    const { decisions } = await client('deployments.plan', ada.at(target, live));
    expect(decisions).toEqual(
      expect.arrayContaining([
        { part: 'provider', value: 'node', source: 'package.json', insteadOf: null },
        { part: 'port', value: '3117', source: 'index.js', insteadOf: null },
      ]),
    );
  }, 60_000);
});
