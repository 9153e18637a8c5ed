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
 * Ends all subscriptions of a user in a team, and tells their connections; a client subscribes again to what it may still follow. So no later push
 * finds a subscription with an old role. A repeat finds nothing.
 */
export async function endSubscriptions({ userId, teamId }: Leaving): Promise<void> {
  const { data } = await FollowEntity.query.primary({ userId, teamId }).go({ pages: 'all', consistent: true });
  await eachLimited(data, CONCURRENCY, async ({ connectionId, topic }) => {
    await unsubscribe(connectionId, topic);
    await send(connectionId, { type: 'unsubscribed', topic });
  });
}

/** Closes every connection of an ended sign-in. Connections of a later sign-in stay; a repeat finds nothing. */
export async function endConnections({ userId, signedOutAt }: SessionEnded): Promise<void> {
  const { data } = await UserConnectionEntity.query.primary({ userId }).go({ pages: 'all', consistent: true });
  const over = data.filter(({ issuedAt = 0 }) => hasSignedOut({ signedOutAt }, issuedAt));
  await eachLimited(over, CONCURRENCY, async ({ id }) => {
    await closeConnection(id);
    await disconnect(id);
  });
}
