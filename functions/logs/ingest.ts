import { ingest } from '@gantry/core/logs/ingest.ts';
import { logLine } from '@gantry/runtime/log.ts';

/** A log group's subscription → clients. Lambda repeats a failed delivery, and clients merge lines by id. */
export async function handler({ awslogs }: { readonly awslogs: { readonly data: string } }): Promise<void> {
  logLine('info', 'lines passed on', { ...(await ingest(awslogs.data)) });
}
