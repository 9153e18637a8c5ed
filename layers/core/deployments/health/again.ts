import { environment } from '@gantry/cloud/environment.ts';
import { sendMessage } from '@gantry/cloud/sqs.ts';
import { idSchema } from '@gantry/contract/ids.ts';
import * as z from 'zod';
import { unlessRefused } from '../../kernel/entity.ts';
import { HealthEntity, type HealthRecord } from '../../records/health.ts';

/** Requests a look at a replica that was told to stop. */
export const StopRequest = z.strictObject({
  environmentId: idSchema('environment'),
  /** The name of the replica's pod. */
  replica: z.string(),
});
export type StopRequest = z.infer<typeof StopRequest>;

/** A request for a look: at an instance again, at a release that a cluster event names, or at a replica that was told to stop. */
export const LookRequest = z.union([
  StopRequest,
  z.strictObject({
    teamId: idSchema('team'),
    serviceId: idSchema('service'),
    environmentId: idSchema('environment'),
    /** The requested time of the look, in milliseconds since 1970. */
    lookAt: z.int(),
  }),
  z.strictObject({ environmentId: idSchema('environment'), releaseId: idSchema('release') }),
]);
export type LookRequest = z.infer<typeof LookRequest>;

/** The longest delay of an SQS message, in milliseconds. */
const LONGEST_MS = 900_000;

/** Queues a request for a look in `delayMs` milliseconds. */
export async function requestLook(request: LookRequest, delayMs = 0): Promise<void> {
  const seconds = Math.ceil(Math.min(delayMs, LONGEST_MS) / 1000);
  await sendMessage(environment('HEALTH_QUEUE_URL'), JSON.stringify({ detail: request }), seconds);
}

/**
 * Requests the next look in `delayMs` milliseconds, unless an earlier one is requested already. So one chain of looks continues, however many looks
 * there are. If a chain's message is lost, the next look after its time restarts the chain. `asked` is the requested time of the present look.
 */
export async function askAgain(record: HealthRecord, delayMs: number, asked: number | undefined): Promise<void> {
  const { teamId, serviceId, environmentId } = record;
  const now = Date.now();
  const lookAt = now + Math.ceil(delayMs / 1000) * 1000;
  const taken = HealthEntity.patch({ teamId, serviceId, environmentId })
    .set({ lookAt })
    .where(
      (held, { eq, lt, gt, notExists }) =>
        `${notExists(held.lookAt)} OR ${lt(held.lookAt, now)} OR ${gt(held.lookAt, lookAt)} OR ${eq(held.lookAt, asked ?? 0)}`,
    );
  if ((await unlessRefused(() => taken.go())) === undefined) return;
  await requestLook({ teamId, serviceId, environmentId, lookAt }, delayMs);
}
