import { GantryError } from '@gantry/contract/errors.ts';
import { createMask } from '@gantry/wiring/mask.ts';
import { fillValues } from '../databases/values.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { deploymentAt, type InstancePath, releaseAt } from '../records/deployment-lookups.ts';
import { releaseVariables } from '../variables/release.ts';
import { variablesOf } from '../variables/service.ts';

/** Masks the service's present sealed values in texts for the audit log; all values of its app if they do not resolve. */
export async function maskOf(path: InstancePath, releaseId: string): Promise<(text: string) => string> {
  return createMask(await secretsOf(path, releaseId));
}

async function secretsOf(path: InstancePath, releaseId: string): Promise<readonly string[]> {
  const [release] = await lookUp(optional(releaseAt(path.teamId, releaseId)));
  const [deployment] = await lookUp(optional(deploymentAt(path.teamId, release?.deploymentId ?? 'none')));
  try {
    if (deployment !== undefined) {
      const facts = { deploymentId: deployment.id, releaseId, source: deployment.source };
      const { variables, secrets } = await variablesOf(path, 'run', facts);
      return [...secrets, ...(await fillValues(path, variables)).secrets];
    }
  } catch (error) {
    if (!(error instanceof GantryError && error.kind === 'Conflict')) throw error;
  }
  const { variables, secrets } = await releaseVariables(path, releaseId);
  return [...Object.values(variables), ...secrets];
}
