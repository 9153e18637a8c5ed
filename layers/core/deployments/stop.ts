import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { stopDeployment } from './start.ts';
import { tidy } from './tidy.ts';

/** Stops the machine of a deployment that was superseded or cancelled, and takes away what it left in the cluster; a repeat is harmless. */
export async function stopEnded(deployment: Deployment): Promise<void> {
  const { status } = deployment;
  if (status !== 'superseded' && status !== 'cancelled') return;
  await stopDeployment(deployment);
  await tidy(deployment);
}
