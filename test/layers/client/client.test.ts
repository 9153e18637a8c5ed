import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@gantry/client/client.ts';
import { afterEach, describe, expect, it } from '@jest/globals';

const teamId = 'team_01J8Z3N5W4Q8R7T6Y5X4W3V2T1';
const creation = { params: { teamId }, body: { slug: 'shop' } };
const problem = (kind: string, status: number) => ({
  type: `urn:gantry:error:${kind}`,
  title: kind,
  status,
  detail: `It is ${kind}.`,
  kind,
  requestId: 'r',
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const answers = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => {
  return (_, response) => response.writeHead(status, headers).end(JSON.stringify(body));
};
const hangsUp: Answer = (request) => request.socket.destroy();

describe('the typed client', () => {
  const closing: (() => void)[] = [];

  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** A client of a server that gives these answers in turn, and then repeats the last one. */
  async function clientOf(...script: Answer[]) {
    const keys: unknown[] = [];
    const waits: number[] = [];
    const server = createServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      (script[Math.min(keys.length, script.length) - 1] as Answer)(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const wait = async (ms: number) => void waits.push(ms);
    return { client: createClient({ baseUrl, wait }), keys, waits };
  }

  it('repeats a creation without an answer, under the same Idempotency-Key', async () => {
    const { client, keys } = await clientOf(hangsUp, hangsUp, answers(201, { id: 'prj' }));
    expect(await client('projects.create', creation)).toEqual({ id: 'prj' });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('sends a new Idempotency-Key with each call, or the key that the caller gives', async () => {
    const { client, keys } = await clientOf(answers(201, {}));
    await client('projects.create', creation);
    await client('projects.create', creation);
    await client('projects.create', { ...creation, idempotencyKey: 'mine' });
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('mine');
  });

  it('waits as long as the server asks, and otherwise longer each time', async () => {
    const { client, waits } = await clientOf(
      answers(429, problem('RateLimited', 429), { 'retry-after': '2' }),
      answers(503, { message: 'Service Unavailable' }),
      answers(429, { message: 'Too Many Requests' }),
      answers(200, { items: [], next: null }),
    );
    await client('projects.list', { params: { teamId } });
    expect(waits).toHaveLength(3);
    expect(waits[0]).toBe(2000);
    expect(waits[2]).toBeGreaterThan(waits[1] as number);
  });

  it('gives up after three repeats, and at once when the server asks for a long wait', async () => {
    const busy = await clientOf(answers(503, problem('Unavailable', 503)));
    await expect(busy.client('projects.list', { params: { teamId } })).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(busy.keys).toHaveLength(4);
    const closed = await clientOf(answers(429, problem('RateLimited', 429), { 'retry-after': '3600' }));
    await expect(closed.client('projects.list', { params: { teamId } })).rejects.toMatchObject({
      kind: 'RateLimited',
      retryAfterSeconds: 3600,
    });
    expect(closed.keys).toHaveLength(1);
  });

  it('repeats a call after a failed function only when its effect cannot happen twice', async () => {
    const failed = answers(500, { message: 'Internal Server Error' });
    const created = await clientOf(failed, answers(201, { id: 'prj' }));
    expect(await created.client('projects.create', creation)).toEqual({ id: 'prj' });
    expect(new Set(created.keys).size).toBe(1);
    const removed = await clientOf(failed);
    const params = { teamId, projectId: 'prj_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' };
    await expect(removed.client('projects.delete', { params })).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(removed.keys).toHaveLength(1);
  });

  it('does not repeat a refused call', async () => {
    const { client, keys } = await clientOf(answers(409, problem('Conflict', 409)));
    await expect(client('projects.create', creation)).rejects.toMatchObject({ kind: 'Conflict' });
    expect(keys).toHaveLength(1);
  });
});
