import { roles } from '@gantry/contract/roles.ts';
import type { EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** A ticket, found by the hash of its secret. Deleting the record uses the ticket up. */
export const TicketEntity = new Entity(
  {
    model: { entity: 'ticket', service: 'gantry', version: '1' },
    attributes: {
      hash: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      email: { type: 'string', required: true },
      subject: { type: 'string', required: true },
      /** When the access token of the request for the ticket was issued, in seconds since 1970. */
      issuedAt: { type: 'number' },
      expiresAt: { type: 'string', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['hash'], template: 'ticket#${hash}' },
        sk: { ...keys.primary.sk, composite: [], template: 'ticket' },
      },
    },
  },
  table,
);

/** An open WebSocket connection and its user. */
export const ConnectionEntity = new Entity(
  {
    model: { entity: 'connection', service: 'gantry', version: '1' },
    attributes: {
      id: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      email: { type: 'string', required: true },
      subject: { type: 'string', required: true },
      /** As in its ticket. */
      issuedAt: { type: 'number' },
      topics: { type: 'set', items: 'string' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['id'], template: 'connection#${id}' },
        sk: { ...keys.primary.sk, composite: [], template: 'connection' },
      },
    },
  },
  table,
);
export type ConnectionRecord = EntityItem<typeof ConnectionEntity>;

/** A connection in the partition of its user: a sign-out finds all of them by a consistent read. */
export const UserConnectionEntity = new Entity(
  {
    model: { entity: 'userConnection', service: 'gantry', version: '1' },
    attributes: {
      userId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      issuedAt: { type: 'number' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['userId'], template: 'connections#${userId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'connection#${id}' },
      },
    },
  },
  table,
);

/** The subscription of a connection to a topic. */
export const SubscriptionEntity = new Entity(
  {
    model: { entity: 'subscription', service: 'gantry', version: '1' },
    attributes: {
      topic: { type: 'string', required: true },
      connectionId: { type: 'string', required: true },
      /** The user, and the team of the membership. */
      userId: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
      /** The role that allowed the subscription. It ends when its user's roles change. */
      role: { type: roles },
      /** For a session: the bytes of its input. */
      inputBytes: { type: 'number' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['topic'], template: 'topic#${topic}' },
        sk: { ...keys.primary.sk, composite: ['connectionId'], template: 'connection#${connectionId}' },
      },
    },
  },
  table,
);
export type SubscriptionRecord = EntityItem<typeof SubscriptionEntity>;

/** The same subscription in the partition of its user and team. The end of a membership finds all of them by a consistent read, never by an index. */
export const FollowEntity = new Entity(
  {
    model: { entity: 'follow', service: 'gantry', version: '1' },
    attributes: {
      userId: { type: 'string', required: true },
      teamId: { type: 'string', required: true },
      connectionId: { type: 'string', required: true },
      topic: { type: 'string', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['userId', 'teamId'], template: 'follower#${userId}#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['connectionId', 'topic'],
          template: 'connection#${connectionId}#${topic}',
        },
      },
    },
  },
  table,
);

/** Deletes a subscription in both places; harmless without one. */
export async function forgetSubscription(topic: string, connectionId: string): Promise<void> {
  const { data } = await SubscriptionEntity.delete({ topic, connectionId }).go({ response: 'all_old' });
  if (data === null) return;
  const { userId, teamId } = data;
  await FollowEntity.delete({ userId, teamId, connectionId, topic }).go();
}
