import { performance } from 'node:perf_hooks';
import { environment, privateAddresses } from '@gantry/cloud/environment.ts';
import { sendMessage } from '@gantry/cloud/sqs.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { idSchema } from '@gantry/contract/ids.ts';
import type { Attempt } from '@gantry/contract/schemas/channels.ts';
import { outboundFetch } from '@gantry/outbound/fetch.ts';
import * as z from 'zod';
import { unlessRefused } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { type ChannelRecord, channelAt, NoticeEntity, type NoticeRecord, noticeAt } from '../records/channels.ts';
import { formOf } from './form.ts';
import { Message } from './message.ts';
import { openSecrets } from './secrets.ts';

/** A notice that waits for its next attempt. */
export const DeliveryRequest = z.strictObject({
  teamId: idSchema('team'),
  channelId: idSchema('channel'),
  noticeId: idSchema('notice'),
});
export type DeliveryRequest = z.infer<typeof DeliveryRequest>;

/** How long after each failed attempt the next one begins, in seconds: eight hours and three quarters in all. */
const BACK_OFF_SECONDS = [5, 60, 300, 1800, 7200, 21_600] as const;
/** The longest delay of an SQS message. */
const LONGEST_DELAY_SECONDS = 900;
/** A receiver has so long to answer. */
const TIMEOUT_MS = 10_000;
/** Nobody else tries meanwhile. An attempt that was killed is repeated after it. */
const CLAIM_MS = 30_000;
const ATTEMPTS_KEPT = 10;
/** The receiver wants nothing more. */
const GONE = 410;

/** Queues the next attempt for a notice. */
export async function requestDelivery(request: DeliveryRequest, delayMs = 0): Promise<void> {
  const seconds = Math.min(LONGEST_DELAY_SECONDS, Math.max(0, Math.ceil(delayMs / 1000)));
  await sendMessage(environment('NOTICES_QUEUE_URL'), JSON.stringify({ detail: request }), seconds);
}

/**
 * Makes one attempt to deliver a notice, if one is due; otherwise waits on. The attempt is claimed first, so that a repeated message sends nothing
 * twice. A function that is killed between the request and its record repeats the request under the same `webhook-id`.
 */
export async function deliver(request: DeliveryRequest): Promise<void> {
  const [notice, channel] = await lookUp(optional(noticeAt(request)), optional(channelAt(request)));
  if (notice === undefined || notice.status !== 'pending') return;
  if (channel === undefined) return end(notice, 'failed');
  const wait = notice.nextAt - Date.now();
  if (wait > 0) return requestDelivery(request, wait);
  const claimed = { ...notice, nextAt: Date.now() + CLAIM_MS, tries: notice.tries + 1, version: notice.version + 1 };
  if (!(await write(notice, claimed))) return;
  const attempt = await send(channel, notice);
  const attempts = [...notice.attempts, attempt].slice(-ATTEMPTS_KEPT);
  const { status } = attempt;
  if (status !== null && status >= 200 && status < 300) return end({ ...claimed, attempts }, 'delivered');
  const backOff = BACK_OFF_SECONDS[notice.tries];
  if (backOff === undefined || status === GONE) return end({ ...claimed, attempts }, 'failed');
  // Receivers that fail together are not asked again together.
  const delayMs = backOff * 1000 * (1 + Math.random() / 10);
  const next = { ...claimed, attempts, nextAt: Date.now() + delayMs, version: claimed.version + 1 };
  if (await write(claimed, next)) await requestDelivery(request, delayMs);
}

async function send(channel: ChannelRecord, notice: NoticeRecord): Promise<Attempt> {
  const [at, begun] = [new Date().toISOString(), performance.now()];
  const took = () => Math.round(performance.now() - begun);
  try {
    const message = Message.parse(JSON.parse(notice.message));
    const form = formOf(
      channel.kind,
      { ...message, type: notice.type },
      await openSecrets(channel),
      notice.id,
      Date.now(),
    );
    const { url, headers, body } = form;
    const { status, body: answer } = await outboundFetch(
      url,
      { method: 'POST', headers, body },
      { privateAddresses: privateAddresses(), maxRedirects: 0, timeoutMs: TIMEOUT_MS },
    );
    answer.destroy();
    return { at, status, ms: took(), error: status < 300 ? null : `The receiver answered ${status}.` };
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return { at, status: null, ms: took(), error: error.message };
  }
}

async function end(notice: NoticeRecord, status: 'delivered' | 'failed'): Promise<void> {
  await write(notice, { ...notice, status, version: notice.version + 1 });
}

/** Says whether the notice was still as it was read. */
async function write(known: NoticeRecord, next: NoticeRecord): Promise<boolean> {
  const put = NoticeEntity.put(next).where(({ version }, { eq }) => eq(version, known.version));
  return (await unlessRefused(() => put.go())) !== undefined;
}
