import type { Channel, Notice } from '@gantry/contract/schemas/channels.ts';
import type { ChannelRecord, NoticeRecord } from '../records/channels.ts';

export function viewChannel({ teamId, sealed, types, projectIds, environmentIds, ...shown }: ChannelRecord): Channel {
  return {
    ...shown,
    types: types as Channel['types'],
    projectIds: [...projectIds],
    environmentIds: [...environmentIds],
  };
}

export function viewNotice({ id, channelId, type, title, status, attempts, nextAt, createdAt }: NoticeRecord): Notice {
  const isDue = status === 'pending' && nextAt > 0;
  return {
    ...{ id, channelId, type, title, status, attempts: [...attempts], createdAt },
    nextAt: isDue ? new Date(nextAt).toISOString() : null,
  };
}
