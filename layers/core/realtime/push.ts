import { postToConnection } from '@gantry/cloud/connections.ts';
import { type EventEnvelope, mayRead } from '@gantry/contract/events.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import type { ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { eventFrame, logFrames, topicsOf } from '../kernel/frames.ts';
import { eachLimited } from '../kernel/limited.ts';
import { forgetSubscription, SubscriptionEntity, type SubscriptionRecord } from '../records/realtime.ts';
import { disconnect } from './connections.ts';

/** The number of connections that are sent to in parallel: as many as the SDK opens sockets. A slow one only blocks its own place. */
const CONCURRENCY = 50;

/** Sends an event to the followers of its subject that may read it, once per topic. A repeat sends it again: clients drop known event ids. */
export async function push(envelope: EventEnvelope): Promise<void> {
  const topics = topicsOf(envelope);
  await eachLimited(topics, topics.length, (topic) =>
    broadcast(
      topic,
      () => [eventFrame(topic, envelope)],
      ({ userId, role = 'viewer' }) => mayRead(envelope, { userId, role }),
    ),
  );
}

/** Sends log lines to the followers of a topic, in frames of at most 32 KB, to each connection in order. */
export async function sendLogs(topic: string, lines: readonly LogLine[]): Promise<void> {
  await broadcast(topic, () => logFrames(topic, lines));
}

/** Sends one frame to one connection; a closed connection is deleted. */
export async function send(connectionId: string, frame: ServerFrame): Promise<'sent' | 'gone'> {
  return sendText(connectionId, JSON.stringify(frame));
}

async function sendText(connectionId: string, text: string): Promise<'sent' | 'gone'> {
  const outcome = await postToConnection(connectionId, text);
  if (outcome === 'gone') await disconnect(connectionId);
  return outcome;
}

/** Frames are made only when some follower may read them, and encoded once for all followers. */
async function broadcast(
  topic: string,
  frames: () => readonly ServerFrame[],
  reads: (follower: SubscriptionRecord) => boolean = () => true,
): Promise<void> {
  const { data } = await SubscriptionEntity.query.primary({ topic }).go({ pages: 'all', consistent: true });
  const readers = data.filter(reads);
  if (readers.length === 0) return;
  const texts = frames().map((frame) => JSON.stringify(frame));
  await eachLimited(readers, CONCURRENCY, async ({ connectionId }) => {
    for (const text of texts) {
      if ((await sendText(connectionId, text)) === 'sent') continue;
      await forgetSubscription(topic, connectionId);
      return;
    }
  });
}
