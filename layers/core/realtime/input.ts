import { GantryError } from '@gantry/contract/errors.ts';
import { execLimits } from '@gantry/contract/schemas/exec.ts';
import type { Input } from '@gantry/contract/schemas/realtime.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import { parseTopic } from '@gantry/contract/topics.ts';
import { item } from '../kernel/entity.ts';
import { ttlAfter } from '../kernel/table.ts';
import { StaleWrite, transact } from '../kernel/transact.ts';
import { ExecInputEntity } from '../records/exec.ts';
import { SubscriptionEntity } from '../records/realtime.ts';

/** The broker reads input within a second; input that no broker reads expires. */
const KEPT_SECONDS = 3600;

/**
 * Puts a session's input where its broker reads it. The subscription to the session's topic is the right to do so, and ends with the role. A repeated
 * frame is harmless. Throws NotFound when the connection does not follow the session, and TooLarge beyond the limit.
 */
export async function takeInput(connectionId: string, { topic, sequence, data, end, size }: Input): Promise<void> {
  if (parseTopic(topic).kind !== 'exec')
    throw new GantryError('Invalid', 'Only commands take input: the topic must begin with exec:.');
  const bytes = data === undefined ? 0 : Buffer.byteLength(data, 'base64');
  const counting = SubscriptionEntity.update({ topic, connectionId })
    .add({ inputBytes: bytes })
    .where(
      ({ ttl, inputBytes }, { exists, notExists, lte }) =>
        `${exists(ttl)} AND (${notExists(inputBytes)} OR ${lte(inputBytes, execLimits.inputBytes - bytes)})`,
    );
  const put = ExecInputEntity.put({
    topic,
    sequence,
    ...(data !== undefined && { data }),
    ...(end !== undefined && { end }),
    ...(size !== undefined && { size }),
    ttl: ttlAfter(KEPT_SECONDS),
  }).where(({ ttl }, { notExists }) => notExists(ttl));
  try {
    await transact([
      { item: item.update(counting), otherwise: new GantryError('NotFound', 'This session is over.') },
      { item: item.put(put) },
    ]);
  } catch (error) {
    if (error instanceof StaleWrite) return;
    if (error instanceof GantryError && error.kind === 'NotFound' && (await isFollowed(topic, connectionId)))
      throw new GantryError('TooLarge', `A session takes at most ${sizeText(execLimits.inputBytes)} of input.`);
    throw error;
  }
}

async function isFollowed(topic: string, connectionId: string): Promise<boolean> {
  const { data } = await SubscriptionEntity.get({ topic, connectionId }).go({ consistent: true });
  return data !== null;
}
