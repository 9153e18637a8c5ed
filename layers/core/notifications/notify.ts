import { type EventEnvelope, eventData, teamOf } from '@gantry/contract/events.ts';
import { derivedId } from '../kernel/derived-id.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { eachLimited } from '../kernel/limited.ts';
import { type ChannelRecord, channelsOf, NoticeEntity } from '../records/channels.ts';
import { type DeliveryRequest, deliver, requestDelivery } from './deliver.ts';
import { type Described, describe } from './describe.ts';
import { newNotice } from './notice.ts';

const CONCURRENCY = 5;

/** An event that channels may be told of, a notice that somebody asked for, or an attempt that is due. Harmless when repeated. */
export async function notify(request: EventEnvelope | DeliveryRequest): Promise<void> {
  if ('noticeId' in request) return deliver(request);
  if (request.name === 'notice.requested')
    return deliver({ teamId: teamOf(request), ...(await eventData('notice.requested', request)) });
  const teamId = teamOf(request);
  const channels = await channelsOf(teamId);
  if (channels.length === 0) return;
  const described = await describe(request);
  if (described === undefined) return;
  const wanted = channels.filter((channel) => wants(channel, described));
  await eachLimited(wanted, CONCURRENCY, async ({ id: channelId }) => {
    const noticeId = derivedId('notice', `${request.id} ${channelId}`, request.id);
    const notice = newNotice({ teamId, channelId, noticeId }, described.message, request.at);
    const create = NoticeEntity.create(notice);
    await unlessRefused(() => create.go());
    await requestDelivery({ teamId, channelId, noticeId });
  });
}

/** Whether a channel carries a message: each of its lists that has entries must name the message's own. */
function wants({ types, projectIds, environmentIds }: ChannelRecord, { message, ...about }: Described): boolean {
  const has = (list: readonly string[], id: string | undefined) =>
    list.length === 0 || (id !== undefined && list.includes(id));
  return has(types, message.type) && has(projectIds, about.projectId) && has(environmentIds, about.environmentId);
}
