import { GantryError } from '@gantry/contract/errors.ts';
import type { Release } from '@gantry/contract/schemas/deployments.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { deploymentAt, type InstancePath, releaseAt } from '../records/deployment-lookups.ts';
import type { ReleaseRecord } from '../records/deployments.ts';
import { requireBelongs } from './operations.ts';

/** The release of a deployment. Throws NotFound when the deployment made none, or when its release is no longer kept. */
export async function getRelease(caller: Caller, path: InstancePath & { deploymentId: string }): Promise<Release> {
  const { found } = await authorise(caller, 'deployment.read', path, deploymentAt(path.teamId, path.deploymentId));
  const [deployment] = found;
  requireBelongs(deployment, path);
  const { releaseId } = deployment;
  if (releaseId === undefined) throw new GantryError('NotFound', `Deployment ${deployment.id} has made no release.`);
  const [release] = await lookUp(optional(releaseAt(path.teamId, releaseId)));
  if (release === undefined) throw new GantryError('NotFound', 'Its release is no longer kept.');
  return viewRelease(release);
}

function viewRelease(record: ReleaseRecord): Release {
  return {
    id: record.id,
    deploymentId: record.deploymentId,
    imageDigest: record.image.slice(record.image.indexOf('@') + 1),
    kind: record.kind,
    schedule: record.schedule ?? null,
    timezone: record.timezone ?? null,
    runtime: { startCommand: record.startCommand ?? null, port: record.port ?? null },
    release: {
      command: record.releaseCommand ?? null,
      rehearseSeconds: record.rehearseSeconds ?? null,
      commandTimeoutSeconds: record.commandTimeoutSeconds,
      weights: [...record.weights],
      bakeSeconds: record.bakeSeconds,
      warmMinutes: record.warmMinutes,
      analysis: record.analysis ?? false,
      maxErrorPercent: record.maxErrorPercent ?? null,
      maxP95Ms: record.maxP95Ms ?? null,
      patienceMinutes: record.patienceMinutes ?? 0,
      watchMinutes: record.watchMinutes ?? 0,
      whenUnclear: record.whenUnclear ?? 'continue',
    },
    health: { path: record.healthPath ?? null, timeoutSeconds: record.healthTimeoutSeconds },
    scaling: { minReplicas: record.minReplicas, maxReplicas: record.maxReplicas, size: record.size },
    createdAt: record.createdAt,
  };
}
