import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import * as z from 'zod';

/** The delivery of a subscription. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
const Delivery = z.object({
  messageType: z.enum(['DATA_MESSAGE', 'CONTROL_MESSAGE']),
  logGroup: z.string(),
  logStream: z.string(),
  logEvents: z.array(z.object({ id: z.string(), timestamp: z.int(), message: z.string() })),
});
export type Delivery = z.infer<typeof Delivery>;

/** The most bytes that a delivery unpacks to; CloudWatch sends far less. */
const MAX_BYTES = 32 * 1024 * 1024;
const unpack = promisify(gunzip);

/** Unpacks a delivery: gzipped JSON in base64. Throws when it is malformed. */
export async function unpackDelivery(data: string): Promise<Delivery> {
  const text = await unpack(Buffer.from(data, 'base64'), { maxOutputLength: MAX_BYTES });
  return Delivery.parse(JSON.parse(text.toString('utf8')));
}
