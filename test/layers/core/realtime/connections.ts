import { newId } from '@gantry/contract/ids.ts';
import { topics } from '@gantry/contract/topics.ts';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../../until.ts';
import {
  advanced,
  atOnce,
  caller,
  closed,
  deploymentId,
  follow,
  foreign,
  gantry,
  ids,
  open,
  say,
  sent,
  slow,
} from './fixture.ts';

describe('a connection', () => {
  it('gets the progress of a deployment until it unsubscribes', async () => {
    const id = await open();
    const topic = topics.deployment(deploymentId);
    await follow(id, topic);
    await gantry.push(advanced(2));
    await say(id, { type: 'unsubscribe', topic });
    await gantry.push(advanced(3));
    expect(sent.get(id)).toEqual([
      { type: 'subscribed', topic },
      expect.objectContaining({
        type: 'event',
        topic,
        name: 'deployment.advanced',
        aggregate: { id: deploymentId, version: 2 },
      }),
      { type: 'unsubscribed', topic },
    ]);
  });

  it('gets each event once, however often it subscribes', async () => {
    const id = await open();
    await follow(id, topics.deployment(deploymentId));
    await follow(id, topics.deployment(deploymentId));
    await gantry.push(advanced(4));
    expect(sent.get(id)?.filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  it('cannot follow a topic that its user cannot see, or learn whether it exists', async () => {
    const id = await open();
    const topic = topics.deployment(foreign.deploymentId);
    await follow(id, topic);
    await follow(id, topic, foreign.teamId);
    await follow(id, topics.buildLogs(newId('deployment')));
    await follow(id, topics.appLogs(newId('service'), ids.environmentId));
    expect(sent.get(id)?.map((frame) => (frame.type === 'error' ? frame.kind : frame.type))).toEqual([
      'NotFound',
      'NotFound',
      'NotFound',
      'NotFound',
    ]);
  });

  it('gets an event on every followed topic of its subject', async () => {
    const id = await open();
    const { teamId, projectId, serviceId } = ids;
    const followed = [
      topics.team(teamId),
      topics.project(projectId),
      topics.service(serviceId),
      topics.deployment(deploymentId),
    ];
    for (const topic of followed) await follow(id, topic);
    const event = advanced(5);
    await gantry.push({ ...event, data: { ...ids, id: deploymentId, status: 'building' } });
    const frames = sent.get(id)?.flatMap((frame) => (frame.type === 'event' ? [frame] : [])) ?? [];
    expect(frames.map(({ topic }) => topic).sort()).toEqual([...followed].sort());
    expect(new Set(frames.map((frame) => frame.id))).toEqual(new Set([event.id]));
  });

  it('follows the output of an app before its first deployment', async () => {
    const id = await open();
    const topic = topics.appLogs(ids.serviceId, ids.environmentId);
    await follow(id, topic);
    await say(id, { type: 'subscribe', teamId: ids.teamId, topic });
    expect(sent.get(id)).toEqual([
      { type: 'subscribed', topic },
      { type: 'error', kind: 'Invalid', topic, detail: expect.stringContaining('projectId') },
    ]);
    await gantry.disconnect(id);
  });

  it("cannot follow another team's projects and services by naming its own team", async () => {
    const id = await open();
    await follow(id, topics.team(foreign.teamId));
    await follow(id, topics.team(foreign.teamId), foreign.teamId);
    await follow(id, topics.project(newId('project')));
    await follow(id, topics.service(newId('service')));
    expect(sent.get(id)?.map((frame) => (frame.type === 'error' ? frame.kind : frame.type))).toEqual(
      Array.from({ length: 4 }, () => 'NotFound'),
    );
  });

  it('gets nothing of a team once its user has left it, and keeps its other teams', async () => {
    const id = await open();
    const other = newId('team');
    const createdAt = new Date().toISOString();
    const membership = { ...caller, role: 'viewer' as const, projectRoles: {}, createdAt, version: 1 };
    await gantry.MembershipEntity.put({ ...membership, teamId: other }).go();
    await follow(id, topics.team(other), other);
    await follow(id, topics.team(ids.teamId));
    await gantry.MembershipEntity.delete({ teamId: other, userId: caller.userId }).go();
    await gantry.endSubscriptions({ userId: caller.userId, teamId: other });
    await gantry.push({ ...advanced(6), teamId: other, aggregate: { id: other, version: 6 } });
    await gantry.push({ ...advanced(6), aggregate: { id: ids.teamId, version: 6 } });
    await follow(id, topics.team(other), other);
    expect(sent.get(id)?.slice(2)).toEqual([
      { type: 'unsubscribed', topic: topics.team(other) },
      expect.objectContaining({ type: 'event', topic: topics.team(ids.teamId) }),
      expect.objectContaining({ type: 'error', kind: 'NotFound' }),
    ]);
    await gantry.endSubscriptions({ userId: caller.userId, teamId: other });
    await gantry.disconnect(id);
  });

  it('answers a ping, and explains the error in an unknown frame', async () => {
    const id = await open();
    await say(id, { type: 'ping' });
    await gantry.receive(id, 'hello');
    await say(id, { type: 'subscribe', teamId: ids.teamId, topic: 'logs:everything' });
    expect(sent.get(id)?.map(({ type }) => type)).toEqual(['pong', 'error', 'error']);
  });

  it('follows at most 50 topics', async () => {
    const id = await open();
    const { ConnectionEntity } = await import('@gantry/core/records/realtime.ts');
    const held = Array.from({ length: 50 }, (_, at) => `topic-${at}`);
    await ConnectionEntity.patch({ id }).add({ topics: held }).go();
    await follow(id, topics.deployment(deploymentId));
    expect(sent.get(id)?.[0]).toMatchObject({ type: 'error', kind: 'QuotaExceeded' });
    await ConnectionEntity.patch({ id })
      .delete({ topics: ['topic-0'] })
      .go();
    await follow(id, topics.deployment(deploymentId));
    await follow(id, topics.deployment(deploymentId));
    expect(
      sent
        .get(id)
        ?.slice(1)
        .map(({ type }) => type),
    ).toEqual(['subscribed', 'subscribed']);
  });

  it('that is gone is forgotten, and the others still get their frames', async () => {
    const { ConnectionEntity, SubscriptionEntity } = await import('@gantry/core/records/realtime.ts');
    const [gone, here] = [await open(), await open()];
    const topic = topics.buildLogs(deploymentId);
    await follow(gone, topic);
    await follow(here, topic);
    closed.add(gone);
    await gantry.sendLogs(topic, [{ id: '1', at: 1, text: 'compiled', source: 'build', release: null, level: null }]);
    expect(sent.get(here)?.at(-1)).toMatchObject({ type: 'logs', lines: [{ text: 'compiled' }] });
    expect((await ConnectionEntity.get({ id: gone }).go()).data).toBeNull();
    const { data } = await SubscriptionEntity.query.primary({ topic }).go();
    expect(data.map(({ connectionId }) => connectionId)).toEqual([here]);
  });

  it('that is slow or gone does not delay hundreds of others, and parallel sends are bounded', async () => {
    const { SubscriptionEntity } = await import('@gantry/core/records/realtime.ts');
    const topic = topics.buildLogs(newId('deployment'));
    const others = Array.from({ length: 300 }, (_, at) => `crowd-${at}`);
    const record = { topic, userId: caller.userId, teamId: ids.teamId, ttl: Math.ceil(Date.now() / 1000) + 600 };
    await SubscriptionEntity.put(others.map((connectionId) => ({ ...record, connectionId }))).go();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    for (const id of others.slice(0, 5)) slow.set(id, released);
    for (const id of others.slice(5, 10)) closed.add(id);
    atOnce.most = 0;
    const lines = ['one', 'two'].map((text, at) => {
      const message = `${text} ${'x'.repeat(20_000)}`;
      return { id: String(at), at, text: message, source: 'build', release: null, level: null };
    });
    const sending = gantry.sendLogs(topic, lines);
    // Awaited below, even if it fails before.
    sending.catch(() => undefined);
    const served = others.slice(10);
    // A frame with a late answer is sent again, and clients drop duplicates: each line counts once.
    const idsOf = (id: string) => [
      ...new Set(
        sent.get(id)?.flatMap((frame) => (frame.type === 'logs' ? frame.lines.map((line) => line.id) : [])) ?? [],
      ),
    ];
    const whole = () => served.every((id) => idsOf(id).length === 2);
    await until('each other connection has both lines', whole);
    expect(others.slice(0, 10).filter((id) => sent.has(id))).toEqual([]);
    release();
    // On a slow machine a slow connection may have used up its time: Lambda then delivers the failed records again.
    await sending.catch(() => gantry.sendLogs(topic, lines));
    expect(atOnce.most).toBeLessThanOrEqual(50);
    for (const id of served) expect(idsOf(id)).toEqual(['0', '1']);
    for (const id of slow.keys()) expect(idsOf(id)).toEqual(expect.arrayContaining(['0', '1']));
  });

  it('leaves no record when it closes', async () => {
    const { FollowEntity, SubscriptionEntity } = await import('@gantry/core/records/realtime.ts');
    const id = await open();
    await follow(id, topics.appLogs(ids.serviceId, ids.environmentId));
    await gantry.disconnect(id);
    await gantry.disconnect(id);
    const topic = topics.appLogs(ids.serviceId, ids.environmentId);
    expect((await SubscriptionEntity.query.primary({ topic }).go()).data).toEqual([]);
    const { data } = await FollowEntity.query.primary({ userId: caller.userId, teamId: ids.teamId }).go();
    expect(data.filter(({ connectionId }) => connectionId === id)).toEqual([]);
  });
});
