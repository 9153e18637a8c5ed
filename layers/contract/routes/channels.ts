import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { Channel, ChannelChange, CreatedChannel, NewChannel, Notice } from '../schemas/channels.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';

const path = '/v1/teams/{teamId}/channels' as const;
const channelPath = `${path}/{channelId}` as const;
const noticePath = `${channelPath}/notices/{noticeId}` as const;
const ofTeam = z.strictObject({ teamId: idSchema('team') });
const params = z.strictObject({ ...ofTeam.shape, channelId: idSchema('channel') });
const ofNotice = z.strictObject({ ...params.shape, noticeId: idSchema('notice') });

export const channelsRoutes = declareRoutes({
  'channels.create': {
    method: 'POST',
    path,
    summary: 'Creates a channel for notifications',
    access: 'channel.manage',
    params: ofTeam,
    body: NewChannel,
    reply: { status: 201, schema: CreatedChannel },
    errors: ['QuotaExceeded'],
  },
  'channels.list': {
    method: 'GET',
    path,
    summary: 'The channels of a team, oldest first',
    access: 'channel.read',
    params: ofTeam,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Channel) },
  },
  'channels.get': {
    method: 'GET',
    path: channelPath,
    summary: 'One channel',
    access: 'channel.read',
    params,
    reply: { status: 200, schema: Channel },
  },
  'channels.update': {
    method: 'PATCH',
    path: channelPath,
    summary: 'Changes a channel',
    access: 'channel.manage',
    params,
    body: ChannelChange,
    ifMatch: true,
    reply: { status: 200, schema: Channel },
    errors: ['Conflict'],
  },
  'channels.delete': {
    method: 'DELETE',
    path: channelPath,
    summary: 'Deletes a channel; notifications that wait for it are dropped',
    access: 'channel.manage',
    params,
    reply: { status: 200, schema: Channel },
  },
  'channels.test': {
    method: 'POST',
    path: `${channelPath}/test`,
    summary: 'Sends a test notification; its notice says how the delivery goes',
    access: 'channel.manage',
    params,
    reply: { status: 202, schema: Notice },
  },
  'notices.list': {
    method: 'GET',
    path: `${channelPath}/notices`,
    summary: 'What a channel was sent in the last 30 days, newest first',
    access: 'channel.read',
    params,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Notice) },
  },
  'notices.get': {
    method: 'GET',
    path: noticePath,
    summary: 'One notification with its attempts',
    access: 'channel.read',
    params: ofNotice,
    reply: { status: 200, schema: Notice },
  },
  'notices.replay': {
    method: 'POST',
    path: `${noticePath}/replay`,
    summary: 'Sends a notification again, under the same webhook id',
    access: 'channel.manage',
    params: ofNotice,
    reply: { status: 202, schema: Notice },
  },
});
