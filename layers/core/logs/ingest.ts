import { environment } from '@gantry/cloud/environment.ts';
import { sendLogs } from '../realtime/push.ts';
import { type Delivery, unpackDelivery } from './delivery.ts';
import { appOrigin, buildOrigin, isPrinted, lineOf, type Origin } from './lines.ts';

export interface Ingested {
  readonly topic: string;
  readonly lines: number;
}

/**
 * Sends the lines of a delivery (gzipped JSON in base64) to their followers and answers their number. Drops the lines of unknown streams, and
 * CodeBuild's own lines in a build's stream.
 */
export async function ingest(data: string): Promise<Ingested | undefined> {
  const delivery = await unpackDelivery(data);
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
