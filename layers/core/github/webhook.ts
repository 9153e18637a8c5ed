import { environment } from '@gantry/cloud/environment.ts';
import { sendMessage } from '@gantry/cloud/sqs.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { verify } from '@octokit/webhooks-methods';
import * as z from 'zod';
import { currentTraceId } from '../kernel/request.ts';
import { githubApp } from '../source/github/app.ts';
import { readDelivery } from './delivery.ts';

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers */
const Headers = z.object({
  'x-github-event': z.string().max(100),
  'x-github-delivery': z.string().min(1).max(100),
  'x-hub-signature-256': z.string().max(200),
});

/**
 * Takes in a delivery from GitHub: checks the signature with the App's secret, and queues the work, which the queue repeats as often as needed.
 * Throws Unauthenticated without a valid signature, and Invalid for a body that differs from GitHub's documentation.
 */
export async function receiveDelivery(
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): Promise<{ readonly queued: boolean }> {
  const given = Headers.safeParse(headers);
  if (!given.success) throw new GantryError('Unauthenticated', 'This is not a signed delivery of GitHub.');
  const { webhookSecret } = await githubApp();
  const signature = given.data['x-hub-signature-256'];
  if (!(await verify(webhookSecret, body, signature).catch(() => false))) {
    throw new GantryError('Unauthenticated', "The delivery's signature does not match the secret of the App.");
  }
  const delivery = parse(given.data['x-github-event'], given.data['x-github-delivery'], body);
  if (delivery === undefined) return { queued: false };
  await sendMessage(
    environment('DELIVERIES_QUEUE_URL'),
    JSON.stringify({ detail: { ...delivery, traceId: currentTraceId() } }),
  );
  return { queued: true };
}

function parse(event: string, deliveryId: string, body: string) {
  try {
    return readDelivery(event, deliveryId, JSON.parse(body));
  } catch (cause) {
    throw new GantryError('Invalid', `The ${event} is not as GitHub documents it.`, [], { cause });
  }
}
