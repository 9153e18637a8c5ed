import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { dropTurn } from '../builds/turns.ts';
import { stopBuildsOf } from '../builds.ts';
import { endRehearsal } from '../rehearsal.ts';
import { stopDeployment } from '../start.ts';
import { retireReleases } from './retention.ts';
import { tidy } from './tidy.ts';

/**
 * Cleans up after an ended deployment; harmless when repeated. Stopping the machine of a superseded or cancelled deployment skips its `Revert`, so
 * its leftovers in the cluster are removed here. After going live, releases beyond the ten we keep are deleted.
 */
export async function cleanUp(deployment: Deployment): Promise<void> {
  await dropTurn(deployment.id, ({ run }) => run === deployment.run);
  switch (deployment.status) {
    case 'superseded':
    case 'cancelled':
      await stopDeployment(deployment);
      await stopBuildsOf(deployment.id);
      await tidy(deployment);
      return endRehearsal({ ...deployment, deploymentId: deployment.id });
    case 'live':
      return retireReleases(deployment);
  }
}
