import { ttlAfter } from '../kernel/table.ts';
import type { NoticePath, NoticeRecord } from '../records/channels.ts';
import type { Message } from './message.ts';

const KEPT_SECONDS = 30 * 24 * 3600;

/** A notice that nobody has tried to deliver. */
export function newNotice(
  { teamId, channelId, noticeId }: NoticePath,
  message: Message,
  createdAt: string,
): NoticeRecord {
  const { type, title } = message;
  return {
    ...{ teamId, channelId, id: noticeId, type, title, message: JSON.stringify(message) },
    ...{ status: 'pending', attempts: [], tries: 0, nextAt: 0 },
    ...{ createdAt, version: 1, ttl: ttlAfter(KEPT_SECONDS) },
  };
}
