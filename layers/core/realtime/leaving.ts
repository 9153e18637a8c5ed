import { closeConnection } from '@gantry/cloud/connections.ts';
import type { SessionEnded } from '@gantry/contract/schemas/identity.ts';
import { hasSignedOut } from '../access/grounds.ts';
import { eachLimited } from '../kernel/limited.ts';
import { FollowEntity, UserConnectionEntity } from '../records/realtime.ts';
import { disconnect } from './connections.ts';
import { send } from './push.ts';
import { unsubscribe } from './subscriptions.ts';

const CONCURRENCY = 10;

export interface Leaving {
  readonly userId: string;
  readonly teamId: string;
}

/**
 * Ends all that a user follows in a team, and tells their connections so: a client asks again for what it may still follow. Each push
 * then finds nobody to send to, and the role that a subscription holds is the one of now. Repeated it finds nothing.
 */
export async function endSubscriptions({ userId, teamId }: Leaving): Promise<void> {
  const { data } = await FollowEntity.query.primary({ userId, teamId }).go({ pages: 'all', consistent: true });
  await eachLimited(data, CONCURRENCY, async ({ connectionId, topic }) => {
    await unsubscribe(connectionId, topic);
    await send(connectionId, { type: 'unsubscribed', topic });
  });
}

/** Closes every connection that was opened with a sign-in which is over. Those of a later one stay; repeated it finds nothing. */
export async function endConnections({ userId, signedOutAt }: SessionEnded): Promise<void> {
  const { data } = await UserConnectionEntity.query.primary({ userId }).go({ pages: 'all', consistent: true });
  const over = data.filter(({ issuedAt = 0 }) => hasSignedOut({ signedOutAt }, issuedAt));
  await eachLimited(over, CONCURRENCY, async ({ id }) => {
    await closeConnection(id);
    await disconnect(id);
  });
}
