import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { collect } from './collector.ts';
import { developer, running, until } from './developer.ts';
import { client } from './fixture.ts';
import { MEASURED } from './measured-app.ts';
import { newService, visit } from './platform.ts';
import { isSigned, type Receiver, startReceiver } from './receiver.ts';

const PERIOD_MS = 60_000;

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());

describe('an alert on the errors of an app', () => {
  it(
    'fires within two minutes of the fault, reaches a signed webhook once, and resolves once',
    async () => {
      const target = await newService(client, 'ill');
      const { teamId, projectId, serviceId, environmentId } = target;
      const params = { teamId, projectId };
      const { channel, secret } = await client('channels.create', {
        params: { teamId },
        body: {
          ...{ name: 'ops', kind: 'webhook', target: receiver.url },
          ...{ types: ['alert.fired', 'alert.resolved'], projectIds: [projectId] },
        },
      });
      expect(JSON.stringify(channel)).not.toContain('very-secret');
      const live = await developer(client).deploy(target, running(MEASURED));
      const rule = { metric: 'error-rate', threshold: 5, windowMinutes: 1, calmMinutes: 1 } as const;
      const { id } = await client('alerts.create', {
        params,
        body: { name: 'Errors', serviceId, environmentId, ...rule },
      });
      const faultAt = Date.now();
      for (let sent = 0; sent < 5; sent += 1) expect((await visit(live.url ?? '', '/bad')).status).toBe(500);
      const told = (count: number) =>
        until(
          `notification ${count}`,
          async () => {
            await Promise.all([collect(), collect()]);
            return receiver.requests.length >= count;
          },
          3 * PERIOD_MS,
        );
      await told(1);
      expect((receiver.requests[0]?.at ?? 0) - faultAt).toBeLessThan(patience(2 * PERIOD_MS));
      await told(2);
      await collect();
      const sent = receiver.requests.map(({ body }) => JSON.parse(body));
      expect(sent).toMatchObject([
        { type: 'alert.fired', data: { id, serviceId, state: 'firing', value: 100 } },
        { type: 'alert.resolved', data: { id, serviceId, state: 'ok' } },
      ]);
      for (const request of receiver.requests) expect(isSigned(request, secret ?? '')).toBe(true);
      const { items } = await client('alerts.history', { params: { ...params, alertId: id }, query: {} });
      expect(items.map(({ from, to }) => [from, to])).toEqual([
        ['firing', 'ok'],
        ['ok', 'firing'],
      ]);
      const { items: notices } = await client('notices.list', {
        params: { teamId, channelId: channel.id },
        query: {},
      });
      expect(notices).toMatchObject([
        { type: 'alert.resolved', status: 'delivered', attempts: [{ status: 204 }] },
        { type: 'alert.fired', status: 'delivered', title: 'Firing: Errors, ill/web in production' },
      ]);
    },
    patience(240_000),
  );

  it(
    'is sent again after a failure, under the same id, follows no redirect, and is replayed by hand',
    async () => {
      const { teams } = await client('session.get', {});
      const params = { teamId: teams[0]?.team.id ?? '' };
      const { channel } = await client('channels.create', {
        params,
        body: { name: 'shaky', kind: 'webhook', target: receiver.url, types: ['backup.failed'] },
      });
      const ofChannel = { ...params, channelId: channel.id };
      receiver.requests.length = 0;
      receiver.answers.push({ status: 500 }, { status: 307, location: receiver.url.replace('/hook', '/elsewhere') });
      const { id } = await client('channels.test', { params: ofChannel });
      const ended = (count: number) =>
        until(
          'the delivery',
          async () => {
            const notice = await client('notices.get', { params: { ...ofChannel, noticeId: id } });
            return notice.attempts.length >= count ? notice : undefined;
          },
          60_000,
        );
      const { attempts } = await ended(2);
      expect(attempts).toMatchObject([
        { status: 500, error: 'The receiver answered 500.' },
        { status: null, error: expect.stringContaining('redirects') },
      ]);
      await client('notices.replay', { params: { ...ofChannel, noticeId: id } });
      expect((await ended(3)).status).toBe('delivered');
      expect(receiver.requests.map(({ path, headers }) => [path.split('?')[0], headers['webhook-id']])).toEqual(
        Array.from({ length: 3 }, () => ['/hook', id]),
      );
      await client('channels.delete', { params: ofChannel });
    },
    patience(90_000),
  );

  it(
    'fires when an address does not answer as expected, says why, and is refused for an odd address',
    async () => {
      const { serviceId, environmentId, ...params } = await newService(client, 'checked');
      const rule = { name: 'Down', metric: 'uptime', threshold: 0, windowMinutes: 1, calmMinutes: 1 } as const;
      const where = { serviceId, environmentId };
      const create = (check?: { url: string; text?: string }) =>
        client('alerts.create', { params, body: { ...rule, ...where, ...(check && { check }) } });
      await expect(create()).rejects.toMatchObject({ fields: [{ field: 'body.check' }] });
      await expect(create({ url: 'file:///etc/passwd' })).rejects.toMatchObject({ kind: 'Invalid' });
      receiver.otherwise = 503;
      const { id: alertId } = await create({ url: receiver.url.replace('/hook', '/up') });
      const becomes = (state: string) =>
        until(
          `the state ${state}`,
          async () => {
            await collect();
            const alert = await client('alerts.get', { params: { ...params, alertId } });
            return alert.state === state ? alert : undefined;
          },
          3 * PERIOD_MS,
        );
      const { host } = new URL(receiver.url);
      expect((await becomes('firing')).detail).toBe(`${host} answered 503 instead of 200.`);
      receiver.otherwise = 204;
      const check = { url: receiver.url.replace('/hook', '/up'), status: 204 };
      await client('alerts.update', { params: { ...params, alertId }, body: { check } });
      expect((await becomes('ok')).detail).toBeNull();
      await client('alerts.delete', { params: { ...params, alertId } });
    },
    patience(240_000),
  );
});
