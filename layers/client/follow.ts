import { GantryError } from '@gantry/contract/errors.ts';
import { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { topics } from '@gantry/contract/topics.ts';
import type { Client } from './client.ts';
import type { Live } from './live.ts';
import { createState } from './state.ts';

/** A service in an environment, as the API's paths name it. */
export interface Target {
  readonly teamId: string;
  readonly projectId: string;
  readonly serviceId: string;
  readonly environmentId: string;
}

export interface FollowedDeployment {
  readonly live: Live;
  readonly client: Client;
  readonly target: Target;
  readonly deploymentId: string;
  /** Called with each newer state. */
  readonly onChange: (deployment: Deployment) => void;
  readonly timeoutMs: number;
}

const ended = new Set(['live', 'failed', 'superseded', 'cancelled', 'skipped', 'removed', 'rolled_back']);

/** Follows a deployment to its end, and answers it. Throws Unavailable after `timeoutMs` milliseconds. */
export async function followDeployment(followed: FollowedDeployment): Promise<Deployment> {
  const { live, client, target, deploymentId, onChange, timeoutMs } = followed;
  const { promise, resolve, reject } = Promise.withResolvers<Deployment>();
  const late = new GantryError('Unavailable', `Deployment ${deploymentId} did not end within ${timeoutMs / 1000} s.`);
  const timer = setTimeout(() => reject(late), timeoutMs);
  // It may reject while the caller already gets the error of a failed fetch.
  promise.catch(() => undefined);
  const state = createState();
  const show = (deployment: Deployment) => {
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
        const { success, data } = Deployment.safeParse(frame.data);
        // A newer server may add fields: an answer is not validated.
        const outcome = success ? state.event(frame) : 'gap';
        if (success && outcome !== 'dropped') show(data);
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
