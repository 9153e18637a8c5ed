import { channelKinds, noticeStatuses, noticeTypes } from '@gantry/contract/enums.ts';
import type { Attempt } from '@gantry/contract/schemas/channels.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { type Lookup, lookupOf } from '../kernel/lookup.ts';
import { keys, table } from '../kernel/table.ts';

const list = { type: 'list', items: { type: 'string' }, required: true } as const;

/** A receiver of notifications. */
export const ChannelEntity = new Entity(
  {
    model: { entity: 'channel', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      name: { type: 'string', required: true },
      kind: { type: channelKinds, required: true },
      hint: { type: 'string', required: true },
      /** The address or key, and the secret of a webhook's signatures: see `envelope.ts`. */
      sealed: { type: 'string', required: true },
      types: list,
      projectIds: list,
      environmentIds: list,
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'channel#${id}' },
      },
    },
  },
  table,
);
export type ChannelRecord = EntityItem<typeof ChannelEntity>;

/** One message to one channel. TTL deletes it after 30 days. */
export const NoticeEntity = new Entity(
  {
    model: { entity: 'notice', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      channelId: { type: 'string', required: true },
      /** The same for the same event and channel. It is the `webhook-id` of every attempt. */
      id: { type: 'string', required: true },
      type: { type: [...noticeTypes, 'test'] as const, required: true },
      /** The message, as JSON. */
      message: { type: 'string', required: true },
      title: { type: 'string', required: true },
      status: { type: noticeStatuses, required: true },
      attempts: { type: CustomAttributeType<readonly Attempt[]>('any'), required: true },
      /** Attempts since it was last asked for. */
      tries: { type: 'number', required: true },
      /** When the next attempt may begin, in milliseconds since 1970. */
      nextAt: { type: 'number', required: true },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['channelId', 'id'], template: 'notice#${channelId}#${id}' },
      },
    },
  },
  table,
);
export type NoticeRecord = EntityItem<typeof NoticeEntity>;

export interface ChannelPath {
  readonly teamId: string;
  readonly channelId: string;
}

export interface NoticePath extends ChannelPath {
  readonly noticeId: string;
}

export const channelAt = ({ teamId, channelId }: ChannelPath): Lookup<ChannelRecord> =>
  lookupOf('such channel', ChannelEntity.get({ teamId, id: channelId }), (item) => ChannelEntity.parse(item));

export const noticeAt = ({ teamId, channelId, noticeId }: NoticePath): Lookup<NoticeRecord> =>
  lookupOf('such notification', NoticeEntity.get({ teamId, channelId, id: noticeId }), (item) =>
    NoticeEntity.parse(item),
  );

/** The channels of a team, strongly consistent. */
export async function channelsOf(teamId: string): Promise<ChannelRecord[]> {
  const { data } = await ChannelEntity.query.primary({ teamId }).go({ pages: 'all', consistent: true });
  return data;
}
