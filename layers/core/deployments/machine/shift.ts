import { shiftTraffic } from '../../cluster/traffic.ts';
import { begin, type DeploymentRef } from '../progress.ts';
import { releaseFor } from './rollout.ts';

/** Moves all traffic to the release. Throws Superseded where the route already carries a newer deployment's weights. */
export async function shift(ref: DeploymentRef): Promise<void> {
  const progress = await begin(ref, 'shift');
  const release = await releaseFor(ref, progress);
  await shiftTraffic({
    ...ref,
    host: progress.instance.host,
    generation: progress.deployment.generation,
    weights: [{ releaseId: release.id, weight: 100 }],
  });
}
