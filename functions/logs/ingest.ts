import { ingest } from '@gantry/core/logs/ingest.ts';

/** A log group's subscription → clients. A failed delivery is tried again by Lambda, and clients merge lines by id. */
export const handler = ({ awslogs }: { readonly awslogs: { readonly data: string } }): Promise<void> =>
  ingest(awslogs.data);
