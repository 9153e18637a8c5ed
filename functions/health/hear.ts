import { hear } from '@gantry/core/deployments/health/hear.ts';
import { logLine } from '@gantry/runtime/log.ts';

/** Events of the cluster → looks at the releases that they name. Lambda repeats a failed delivery; looks are harmless when repeated. */
export async function handler({ awslogs }: { readonly awslogs: { readonly data: string } }): Promise<void> {
  logLine('info', 'cluster heard', { releases: await hear(awslogs.data) });
}
