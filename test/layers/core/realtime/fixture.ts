import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@gantry/contract/ids.ts';
import type { ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { type Database, startDatabase } from '../database.ts';
import { newPath, newPerson, writeDeployment, writeTeam } from '../records.ts';

/** API Gateway's `@connections`: the frames that each connection received, and the closed connections. */
export const sent = new Map<string, ServerFrame[]>();
export const closed = new Set<string>();
/** Connections whose sends wait until the promise resolves. */
export const slow = new Map<string, Promise<void>>();
/** How many sends the gateway has at the moment, and its maximum so far. */
export const atOnce = { now: 0, most: 0 };
let gateway: Server;
let database: Database;

async function modules() {
  const [tickets, connections, subscriptions, messages, pushing, ingesting, identity, leaving, once] =
    await Promise.all([
      import('@gantry/core/realtime/tickets.ts'),
      import('@gantry/core/realtime/connections.ts'),
      import('@gantry/core/realtime/subscriptions.ts'),
      import('@gantry/core/realtime/messages.ts'),
      import('@gantry/core/realtime/push.ts'),
      import('@gantry/core/logs/ingest.ts'),
      import('@gantry/core/records/identity.ts'),
      import('@gantry/core/realtime/leaving.ts'),
      import('@gantry/core/kernel/outbox/once.ts'),
    ]);
  return {
    ...tickets,
    ...connections,
    ...subscriptions,
    ...messages,
    ...pushing,
    ...ingesting,
    ...identity,
    ...leaving,
    ...once,
  };
}
export let gantry: Awaited<ReturnType<typeof modules>>;

export const issuedAt = Math.floor(Date.now() / 1000);
export const caller = { ...newPerson(), issuedAt };
export const ids = newPath();
export const deploymentId = newId('deployment');
/** Another team's objects. */
export const foreign = { teamId: newId('team'), deploymentId: newId('deployment') };

beforeAll(async () => {
  gateway = createServer((request, response) => {
    const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      if (request.method === 'DELETE') {
        closed.add(id);
        response.writeHead(204).end();
        return;
      }
      atOnce.now += 1;
      atOnce.most = Math.max(atOnce.most, atOnce.now);
      // A sender gives up after a while, and its place becomes free.
      await Promise.race([slow.get(id), new Promise((resolve) => response.once('close', resolve))]);
      atOnce.now -= 1;
      if (response.destroyed) return;
      if (closed.has(id)) {
        response.writeHead(410, { 'x-amzn-errortype': 'GoneException' }).end('{}');
        return;
      }
      const frame = JSON.parse(Buffer.concat(chunks).toString()) as ServerFrame;
      sent.set(id, [...(sent.get(id) ?? []), frame]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  database = await startDatabase('live-test');
  Object.assign(process.env, {
    TABLE_NAME: 'live-test',
    AWS_REGION: 'xx-local-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: database.endpoint,
    REALTIME_ENDPOINT: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/live`,
    REALTIME_URL: 'wss://realtime.example/live',
    BUILD_LOG_GROUP: '/gantry/test/builds',
    APP_LOG_GROUP: '/gantry/test/apps',
  });
  gantry = await modules();
  await writeTeam(ids, caller, { project: 'shop', service: 'web' });
  await writeDeployment(ids, deploymentId, caller);
  await writeDeployment({ ...ids, teamId: foreign.teamId }, foreign.deploymentId, caller);
});

afterAll(async () => {
  database.stop();
  await new Promise((resolve) => gateway.close(resolve));
});

beforeEach(() => {
  sent.clear();
  closed.clear();
  slow.clear();
});

let count = 0;

/** Opens a connection of the caller and returns its id. */
export async function open(): Promise<string> {
  const { url } = await gantry.createTicket(caller);
  const id = `connection-${count++}`;
  await gantry.connect(id, new URL(url).searchParams.get('ticket') ?? undefined);
  return id;
}

export const say = (id: string, frame: unknown) => gantry.receive(id, JSON.stringify(frame));
export const follow = (id: string, topic: string, teamId = ids.teamId) =>
  say(id, { type: 'subscribe', teamId, projectId: ids.projectId, topic });

/** An event of a deployment that has advanced. */
export function advanced(version: number) {
  return {
    id: newId('event'),
    name: 'deployment.advanced' as const,
    schemaVersion: 1,
    teamId: ids.teamId,
    aggregate: { id: deploymentId, version },
    actor: 'deploy',
    at: new Date().toISOString(),
    data: { status: 'building' },
  };
}
