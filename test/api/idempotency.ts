import { takesIdempotencyKey } from '@gantry/contract/route.ts';
import type { OperationId } from '@gantry/contract/routes.ts';
import { digest, seal, unseal } from '@gantry/core/kernel/idempotency/seal.ts';
import { IdempotencyEntity } from '@gantry/core/kernel/idempotency/store.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { platform, restart } from '../journeys/fixture.ts';
import { type Answer, declared, exampleRequest } from './call.ts';
import { world } from './fixture.ts';
import { type DeploymentState, inWorld } from './world.ts';

const keyed = (key: string) => ({ 'idempotency-key': key });
const replayed = (answer: Answer) => answer.headers.get('idempotency-replayed') === 'true';

/** Routes for which the examples make no successful request, with the reason. The list only shrinks. */
const exemptions: Partial<Record<OperationId, string>> = {
  'databases.drill': 'the database of the examples has no moment to restore',
  'databases.connect': 'the database of the examples has no server',
  'invitations.accept': 'the one invitation of the examples is for somebody else',
  'teams.leave': 'the last owner cannot leave, and a person who has left can no longer call the team',
  'teams.transfer': 'the one member of the examples is the owner already',
};

/** The state of the examples' deployment that a route needs to succeed. */
const states: Partial<Record<OperationId, DeploymentState>> = {
  'deployments.cancel': 'deploying',
  'deployments.pause': 'deploying',
  'deployments.resume': 'paused',
  'deployments.advance': 'deploying',
  'deployments.promote': 'live',
  'deployments.redrive': 'failed',
  'deployments.redeploy': 'live',
  'deployments.rollback': 'removed',
  'deployments.stop': 'live',
  'deployments.start': 'stopped',
  'exec.create': 'live',
};

/** The staged project variables that a route needs to succeed. */
const staged: Partial<Record<OperationId, Readonly<Record<string, { value: string }>>>> = {
  'variables.set': {},
  'variables.apply': { REGION: { value: 'eu' } },
};

describe('with the same Idempotency-Key,', () => {
  /** A read-only API token of the owner. */
  let reader: string;

  beforeAll(async () => {
    const params = { teamId: world.ids.team };
    reader = (await world.api.done('tokens.create', { params, body: { name: 'reader', scope: 'read' } })).secret;
  }, 60_000);

  const posts = declared.filter(([operation, route]) => takesIdempotencyKey(route) && !(operation in exemptions));

  it.each(posts)('%s gets the same answer twice', async (operation, route) => {
    const state = states[operation];
    if (state !== undefined) await world.deploymentIs(state);
    const variables = staged[operation];
    if (variables !== undefined) {
      const params = { teamId: world.ids.team, projectId: world.ids.project };
      await world.api.done('variables.discard', { params });
      await world.api.done('variables.stage', { params, body: { set: variables } });
    }
    const request = {
      ...inWorld(exampleRequest(route), world.ids),
      headers: keyed(`twice ${operation}`.replace(' ', '-')),
    };
    const first = await world.api.send(operation, request);
    expect({ operation, detail: first.problem?.detail }).toEqual({ operation, detail: undefined });
    const second = await world.api.send(operation, request);
    expect(second).toMatchObject({ status: first.status, body: first.body });
    expect([replayed(first), replayed(second)]).toEqual([false, true]);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    // The same user with a token that lacks the right.
    const byToken = await world.api.send(operation, { ...request, token: reader });
    expect([byToken.status, replayed(byToken)]).toEqual([403, false]);
  });

  it('three requests at once have one effect and get one answer', async () => {
    const params = { teamId: world.ids.team };
    const request = { params, body: { slug: 'at-once' }, headers: keyed('at-once') };
    const answers = await Promise.all(Array.from({ length: 3 }, () => world.api.send('projects.create', request)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 201, body: answers[0]?.body });
    expect(answers.filter((answer) => !replayed(answer))).toHaveLength(1);
    const { items } = await world.api.done('projects.list', { params, query: { limit: '100' } });
    expect(items.filter((project) => project.slug === 'at-once')).toHaveLength(1);
  });

  it('three requests for an upload at once, which no name tells apart, have one effect', async () => {
    const { team: teamId, project: projectId, service: serviceId } = world.ids;
    const body = { bytes: 1, sha256: '0'.repeat(64) };
    const request = { params: { teamId, projectId, serviceId }, body, headers: keyed('uploads') };
    const answers = await Promise.all(Array.from({ length: 3 }, () => world.api.done('uploads.create', request)));
    expect(new Set(answers.map((upload) => upload.id)).size).toBe(1);
  });

  it('another body is a conflict that names the header, and another path or caller is a new request', async () => {
    const { team: teamId, project: projectId } = world.ids;
    const headers = keyed('shared');
    const first = await world.api.done('environments.create', {
      params: { teamId, projectId },
      body: { slug: 'one' },
      headers,
    });
    const other = await world.api.send('environments.create', {
      params: { teamId, projectId },
      body: { slug: 'two' },
      headers,
    });
    expect(other.problem).toMatchObject({ kind: 'Conflict', fields: [{ field: 'header.idempotency-key' }] });
    const project = await world.api.done('projects.create', {
      params: { teamId },
      body: { slug: 'elsewhere' },
      headers,
    });
    const elsewhere = { params: { teamId, projectId: project.id }, body: { slug: 'one' }, headers };
    expect((await world.api.done('environments.create', elsewhere)).id).not.toBe(first.id);
    const token = await world.person('second', { role: 'developer', teamId });
    const theirs = await world.api.send('environments.create', {
      params: { teamId, projectId },
      body: { slug: 'one' },
      headers,
      token,
    });
    expect(theirs.problem?.fields).toEqual([{ field: 'body.slug', message: 'is taken' }]);
  });

  it('a request may be repeated after a failure, which had no effect', async () => {
    const params = { teamId: world.ids.team };
    const headers = keyed('retry');
    const taken = await world.api.send('projects.create', { params, body: { slug: 'first' }, headers });
    expect(taken.status).toBe(409);
    const again = await world.api.send('projects.create', { params, body: { slug: 'after-failure' }, headers });
    expect(again.status).toBe(201);
  });

  it('a repeat is a conflict while the first request has no answer yet, until the record expires', async () => {
    const params = { teamId: world.ids.team };
    const request = { params, body: { slug: 'halfway' }, headers: keyed('halfway') };
    const path = `/v1/teams/${params.teamId}/projects`;
    const record = (committedAt: number, ttl: number) =>
      world.put(
        IdempotencyEntity.put({
          hash: digest(world.ids.user, 'projects.create', path, 'halfway'),
          fingerprint: digest(JSON.stringify({ query: {}, body: request.body })),
          execution: 'another',
          committedAt,
          ttl,
        }),
      );
    const seconds = Math.floor(Date.now() / 1000);
    await record(Date.now(), seconds + 60);
    const early = await world.api.send('projects.create', request);
    expect(early.problem).toMatchObject({ kind: 'Conflict', detail: expect.stringContaining('in progress') });
    expect(early.headers.get('retry-after')).toBe('1');
    await record(Date.now() - 60_000, seconds + 60);
    const lost = await world.api.send('projects.create', request);
    expect(lost.problem).toMatchObject({ kind: 'Conflict', detail: expect.stringContaining('answer is lost') });
    expect(lost.headers.get('retry-after')).toBeNull();
    await record(Date.now() - 60_000, seconds - 1);
    expect((await world.api.send('projects.create', request)).status).toBe(201);
  });

  it('stored answers are unreadable for readers of the table', async () => {
    const text = 'a token that is shown once';
    const sealed = seal(text, 'key', 'salt');
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('token');
    expect(unseal(sealed, 'key', 'salt')).toBe(text);
    expect(() => unseal(sealed, 'another', 'salt')).toThrow();
  });

  it('a member who lost the right does not get the stored answer', async () => {
    const { team: teamId } = world.ids;
    const leaver = await world.member('leaver', { role: 'developer', teamId });
    const request = { params: { teamId }, body: { slug: 'of-leaver' }, headers: keyed('leaver'), token: leaver.token };
    expect((await world.api.send('projects.create', request)).status).toBe(201);
    await leaver.become('viewer');
    expect((await world.api.send('projects.create', request)).status).toBe(403);
    await leaver.leave();
    expect((await world.api.send('projects.create', request)).status).toBe(404);
  });

  it('a request has one effect and one answer across kill -9', async () => {
    const params = { teamId: world.ids.team };
    const slugs = Array.from({ length: 24 }, (_, index) => `killed-${index}`);
    const creation = (slug: string) => ({ params, body: { slug }, headers: keyed(slug) });
    const heard = new Map<string, unknown>();
    await Promise.allSettled(
      slugs.map(async (slug) => {
        heard.set(slug, await world.api.done('projects.create', creation(slug)));
        if (heard.size === 6) void platform.kill();
      }),
    );
    expect(heard.size).toBeGreaterThanOrEqual(6);
    expect(heard.size).toBeLessThan(slugs.length);

    await restart();
    const repeats = new Map<string, Answer>();
    for (const slug of slugs) repeats.set(slug, await world.api.send('projects.create', creation(slug)));
    for (const [slug, answer] of repeats) expect({ slug, status: answer.status }).toEqual({ slug, status: 201 });
    for (const [slug, body] of heard) {
      expect(repeats.get(slug)?.body).toEqual(body);
      expect(replayed(repeats.get(slug) as Answer)).toBe(true);
    }
  }, 60_000);
});
