import type { Client } from '@gantry/contract/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { type Live, openLive } from '@gantry/contract/live.ts';
import { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { topics } from '@gantry/contract/schemas/realtime.ts';
import { createState } from '@gantry/contract/state.ts';

/** A service in an environment, as the API's paths name it. */
export interface Target {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
  readonly environmentId: string;
}

const ended = new Set(['live', 'failed', 'superseded', 'cancelled', 'removed', 'rolled_back']);

/** Uploads an archive and queues its deployment. */
export async function upload(client: Client, target: Target, archive: Buffer): Promise<Deployment> {
  const { id, url, method, headers } = await client('uploads.create', { params: without(target, 'environmentId') });
  const put = await fetch(url, { method, headers, body: new Uint8Array(archive), signal: AbortSignal.timeout(60_000) });
  if (!put.ok) throw new GantryError('Unavailable', `The upload was refused with ${put.status}.`);
  return client('deployments.create', { params: target, body: { uploadId: id } });
}

/** Follows a deployment to its end over a live connection, giving each newer state of it to `onChange`. */
export async function follow(
  client: Client,
  target: Target,
  deploymentId: string,
  onChange: (deployment: Deployment) => void = () => undefined,
  timeoutMs = 300_000,
): Promise<Deployment> {
  const live = await openLive(client);
  try {
    return await watch(live, client, target, deploymentId, onChange, timeoutMs);
  } finally {
    live.close();
  }
}

async function watch(
  live: Live,
  client: Client,
  target: Target,
  deploymentId: string,
  onChange: (deployment: Deployment) => void,
  timeoutMs: number,
): Promise<Deployment> {
  const { promise, resolve, reject } = Promise.withResolvers<Deployment>();
  const late = new GantryError('Unavailable', `Deployment ${deploymentId} did not end within ${timeoutMs / 1000} s.`);
  const timer = setTimeout(() => reject(late), timeoutMs);
  // It may be rejected while a fetch that fails is what the caller hears of.
  promise.catch(() => undefined);
  const state = createState();
  const show = (data: unknown) => {
    const deployment = Deployment.parse(data);
    onChange(deployment);
    if (ended.has(deployment.status)) resolve(deployment);
  };
  const refetch = async () => {
    const deployment = await client('deployments.get', { params: { ...target, deploymentId } });
    if (state.snapshot(deployment.id, deployment.version, deployment)) show(deployment);
  };
  try {
    await live.subscribe(target, topics.deployment(deploymentId), {
      onFrame(frame) {
        if (frame.type !== 'event') return;
        const outcome = state.event(frame);
        if (outcome !== 'dropped') show(frame.data);
        if (outcome === 'gap') void refetch().catch(reject);
      },
      onResume: () => void refetch().catch(reject),
      onEnd: reject,
    });
    await refetch();
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}
