import { hear } from '@gantry/core/deployments/health/hear.ts';
import { logLine } from '@gantry/runtime/log.ts';

/** What the cluster told → looks at the releases that it was about. A failed delivery is tried again by Lambda; looks are harmless when repeated. */
export async function handler({ awslogs }: { readonly awslogs: { readonly data: string } }): Promise<void> {
  logLine('info', 'cluster heard', { releases: await hear(awslogs.data) });
}
