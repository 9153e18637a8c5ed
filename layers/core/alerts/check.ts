import { privateAddresses } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { UptimeCheck } from '@gantry/contract/schemas/alerts.ts';
import { outboundFetch } from '@gantry/outbound/fetch.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { eachLimited } from '../kernel/limited.ts';
import { type AlertRecord, allAlerts, CheckEntity } from '../records/alerts.ts';
import { minuteKey } from '../records/metrics.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const KEPT_SECONDS = 3 * 24 * 3600;
/** An app has so long to answer, its body included. */
const TIMEOUT_MS = 10_000;
/** So much of an answer is searched for the expected text. */
const MOST_BYTES = 64 * 1024;
const CONCURRENCY = 30;
const LONGEST_MS = 30_000;

/**
 * Sends the requests of all alerts on uptime, and records the outcome of each for the minute that is over. A repeat within the minute changes nothing
 * recorded. Ends within half a minute, and at `deadline` (milliseconds since 1970): addresses without an answer leave time to judge alerts. A check
 * without a request has no outcome for the minute, and each minute begins with another check.
 */
export async function runChecks(deadline: number): Promise<void> {
  const now = Date.now();
  const minute = Math.floor(now / MINUTE_MS) - 1;
  const end = Math.min(deadline, now + LONGEST_MS) - TIMEOUT_MS;
  const all = (await allAlerts()).filter(({ check }) => check !== undefined);
  const first = all.length === 0 ? 0 : (minute * CONCURRENCY) % all.length;
  const alerts = [...all.slice(first), ...all.slice(0, first)];
  await eachLimited(alerts, CONCURRENCY, async ({ teamId, id: alertId, check }: AlertRecord) => {
    if (check === undefined || Date.now() >= end) return;
    const failure = await failureOf(check);
    const outcome = { teamId, alertId, minute: minuteKey(minute), ...(failure !== undefined && { failure }) };
    const create = CheckEntity.create({ ...outcome, ttl: minute * 60 + KEPT_SECONDS });
    await unlessRefused(() => create.go());
  });
}

/** Why a check fails now; undefined where all is well. */
export async function failureOf({
  url,
  method,
  status,
  text,
  certificateDays,
}: UptimeCheck): Promise<string | undefined> {
  const { host } = new URL(url);
  try {
    const options = { privateAddresses: privateAddresses(), timeoutMs: TIMEOUT_MS };
    const answer = await outboundFetch(url, { method }, options);
    const { certificateExpires } = answer;
    if (answer.status !== status) {
      answer.body.destroy();
      return `${host} answered ${answer.status} instead of ${status}.`;
    }
    const begin = await beginningOf(answer.body, text === null || method === 'HEAD' ? 0 : MOST_BYTES);
    if (text !== null && method !== 'HEAD' && !begin.includes(text))
      return `${host} answered without the expected text.`;
    const days = certificateExpires === undefined ? undefined : Math.floor((certificateExpires - Date.now()) / DAY_MS);
    if (days !== undefined && days < certificateDays) return `The certificate of ${host} expires in ${days} days.`;
    return undefined;
  } catch (error) {
    if (error instanceof GantryError) return error.message;
    throw error;
  }
}

async function beginningOf(body: AsyncIterable<Uint8Array> & { destroy(): unknown }, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (most > 0)
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= most) break;
    }
  body.destroy();
  return Buffer.concat(chunks).subarray(0, most).toString('utf8');
}
