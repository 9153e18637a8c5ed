import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { dropTurn } from '../builds/turns.ts';
import { stopBuildsOf } from '../builds.ts';
import { stopDeployment } from '../start.ts';
import { retireReleases } from './retention.ts';
import { tidy } from './tidy.ts';

/**
 * What the end of a deployment calls for; a repeat is harmless. The machine of one that was superseded or cancelled is stopped, which skips its
 * own way back: what it left in the cluster is taken away here. One that is live makes the oldest release one too many.
 */
export async function cleanUp(deployment: Deployment): Promise<void> {
  await dropTurn(deployment.id, ({ run }) => run === deployment.run);
  switch (deployment.status) {
    case 'superseded':
    case 'cancelled':
      await stopDeployment(deployment);
      await stopBuildsOf(deployment.id);
      return tidy(deployment);
    case 'live':
      return retireReleases(deployment);
  }
}
