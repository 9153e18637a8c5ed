import { type IdKind, toKubernetesName } from '@gantry/contract/ids.ts';
import { z } from 'zod';
import { cluster, type Platform } from '../journeys/platform.ts';
import { until } from '../until.ts';

/** The name in the contract's examples. */
const NAME = 'rel-01j8z3n5w4-x7k2p';
const Seen = z.object({ status: z.object({ containerStatuses: z.array(z.unknown()).min(1) }) });

/** A replica of the examples' release, shown by the cluster as running. It has no process: the node refuses every request for it. */
export async function showReplica(platform: Platform, ids: Readonly<Record<IdKind, string>>): Promise<void> {
  const namespace = toKubernetesName(ids.environment);
  await cluster(platform, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const container = { name: toKubernetesName(ids.service), image: 'none' };
  await cluster(platform, 'POST', pods, {
    metadata: { name: NAME, labels: { 'gantry.dev/release': ids.release } },
    spec: { containers: [container], initContainers: [{ ...container, name: 'refused' }] },
  });
  await until(
    'the word of the node',
    async () => Seen.safeParse(await cluster(platform, 'GET', `${pods}/${NAME}`)).success,
  );
  const state = { running: { startedAt: new Date().toISOString() } };
  const running = { ...container, imageID: '', ready: true, started: true, restartCount: 0, state, lastState: {} };
  const status = { phase: 'Running', containerStatuses: [running] };
  await cluster(platform, 'PATCH', `${pods}/${NAME}/status`, { status });
}
