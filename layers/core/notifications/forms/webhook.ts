import { createHmac } from 'node:crypto';
import { type Form, JSON_TYPE, type Message, type Secrets } from '../message.ts';

const PREFIX = 'whsec_';

/**
 * A request signed by the Standard Webhooks scheme. A receiver tells repeats by `webhook-id`, and refuses an old `webhook-timestamp`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function webhookForm(
  { type, at, data }: Message,
  { target, secret = '' }: Secrets,
  id: string,
  now: number,
): Form {
  const body = JSON.stringify({ type, timestamp: at, data });
  const seconds = Math.floor(now / 1000);
  const headers = { ...JSON_TYPE, 'webhook-id': id, 'webhook-timestamp': String(seconds) };
  const signature = `v1,${sign(secret, `${id}.${seconds}.${body}`)}`;
  return { url: target, headers: { ...headers, 'webhook-signature': signature }, body };
}

function sign(secret: string, content: string): string {
  const key = Buffer.from(secret.replace(PREFIX, ''), 'base64');
  return createHmac('sha256', key).update(content).digest('base64');
}
