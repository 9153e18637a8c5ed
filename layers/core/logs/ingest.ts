import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { environment } from '@gantry/cloud/environment.ts';
import * as z from 'zod';
import { sendLogs } from '../realtime/push.ts';
import { appOrigin, buildOrigin, isPrinted, lineOf, type Origin } from './lines.ts';

/** What a subscription delivers. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
const Delivery = z.object({
  messageType: z.enum(['DATA_MESSAGE', 'CONTROL_MESSAGE']),
  logGroup: z.string(),
  logStream: z.string(),
  logEvents: z.array(z.object({ id: z.string(), timestamp: z.int(), message: z.string() })),
});
type Delivery = z.infer<typeof Delivery>;

/** The most bytes that a delivery unpacks to; CloudWatch sends far less. */
const MAX_BYTES = 32 * 1024 * 1024;
const unpack = promisify(gunzip);

export interface Ingested {
  readonly topic: string;
  readonly lines: number;
}

/**
 * Sends the lines of a delivery (gzipped JSON in base64) to whoever follows them and answers how many there were. Lines of a stream that
 * is nobody's are dropped, and those that CodeBuild adds to a build's.
 */
export async function ingest(data: string): Promise<Ingested | undefined> {
  const text = await unpack(Buffer.from(data, 'base64'), { maxOutputLength: MAX_BYTES });
  const delivery = Delivery.parse(JSON.parse(text.toString('utf8')));
  const origin = originOf(delivery);
  if (origin === undefined) return undefined;
  const lines = delivery.logEvents
    .filter(({ message }) => isPrinted(message, origin))
    .map(({ id, timestamp, message }) => lineOf({ id, at: timestamp, message }, origin));
  await sendLogs(origin.topic, lines);
  return { topic: origin.topic, lines: lines.length };
}

function originOf({ messageType, logGroup, logStream }: Delivery): Origin | undefined {
  if (messageType === 'CONTROL_MESSAGE') return undefined;
  if (logGroup === environment('BUILD_LOG_GROUP')) return buildOrigin(logStream);
  if (logGroup === environment('APP_LOG_GROUP')) return appOrigin(logStream);
  return undefined;
}
