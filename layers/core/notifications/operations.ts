import { privateAddresses } from '@gantry/cloud/environment.ts';
import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Channel, ChannelChange, CreatedChannel, NewChannel, Notice } from '@gantry/contract/schemas/channels.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { replaced } from '../kernel/replace.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import {
  ChannelEntity,
  type ChannelPath,
  type ChannelRecord,
  channelAt,
  channelsOf,
  NoticeEntity,
  type NoticePath,
  type NoticeRecord,
  noticeAt,
} from '../records/channels.ts';
import { requireRoom, requireVersion } from '../records/project-guards.ts';
import type { Message } from './message.ts';
import { newNotice } from './notice.ts';
import { hintOf, newSigningSecret, openSecrets, sealSecrets } from './secrets.ts';
import { viewChannel, viewNotice } from './view.ts';

type TeamPath = Pick<ChannelPath, 'teamId'>;

/** Creates a channel. Only this answer holds the secret that verifies the requests of a webhook. */
export async function createChannel(caller: Caller, { teamId }: TeamPath, input: NewChannel): Promise<CreatedChannel> {
  await authorise(caller, 'channel.manage', { teamId });
  requireRoom((await channelsOf(teamId)).length, quotas.channelsPerTeam, 'channels in a team');
  const { name, kind, target, types = [], projectIds = [], environmentIds = [] } = input;
  const id = newId('channel');
  const hint = hintOf(kind, target, privateAddresses());
  const secret = kind === 'webhook' ? newSigningSecret() : undefined;
  const sealed = await sealSecrets({ teamId, id }, { target, ...(secret !== undefined && { secret }) });
  const record = {
    ...{ teamId, id, name, kind, hint, sealed, types, projectIds, environmentIds },
    ...{ createdAt: new Date().toISOString(), version: 1 },
  };
  const data = viewChannel(record);
  const reply = willAnswer({ channel: data, secret: secret ?? null });
  await transact([{ item: item.put(ChannelEntity.create(record)) }], {
    name: 'channel.created',
    teamId,
    actor: caller.userId,
    aggregate: record,
    data,
  });
  return reply;
}

/** The channels of a team, oldest first. Never a secret. */
export async function listChannels(caller: Caller, { teamId }: TeamPath, query: PageQuery) {
  await authorise(caller, 'channel.read', { teamId });
  return page(query, () => ChannelEntity.query.primary({ teamId }).go(pageOptions(query)), viewChannel);
}

export async function getChannel(caller: Caller, path: ChannelPath): Promise<Channel> {
  const { found } = await authorise(caller, 'channel.read', path, channelAt(path));
  return viewChannel(found[0]);
}

/** Changes a channel. A new address keeps the secret of the signatures. Throws PreconditionFailed where it is not at version `ifMatch`. */
export function updateChannel(
  caller: Caller,
  path: ChannelPath,
  change: ChannelChange,
  ifMatch?: number,
): Promise<Channel> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'channel.manage', path, channelAt(path));
    const [channel] = found;
    requireVersion(channel, ifMatch);
    const { target, ...shown } = change;
    const kept = replaced<ChannelRecord>(channel, shown);
    const next = { ...kept, ...(await readdressed(channel, target)), version: channel.version + 1 };
    return commit(caller, 'channel.updated', channel, next);
  });
}

async function readdressed(channel: ChannelRecord, target: string | undefined) {
  if (target === undefined) return {};
  const hint = hintOf(channel.kind, target, privateAddresses());
  return { hint, sealed: await sealSecrets(channel, { ...(await openSecrets(channel)), target }) };
}

export function deleteChannel(caller: Caller, path: ChannelPath): Promise<Channel> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'channel.manage', path, channelAt(path));
    const [channel] = found;
    return commit(caller, 'channel.deleted', channel, { ...channel, version: channel.version + 1 });
  });
}

async function commit(
  caller: Caller,
  name: 'channel.updated' | 'channel.deleted',
  known: ChannelRecord,
  next: ChannelRecord,
): Promise<Channel> {
  const { teamId, id, version: read } = known;
  const data = viewChannel(next);
  const write =
    name === 'channel.deleted'
      ? item.remove(ChannelEntity.remove({ teamId, id }).where(({ version }, { eq }) => eq(version, read)))
      : item.put(ChannelEntity.put(next).where(({ version }, { eq }) => eq(version, read)));
  await transact([{ item: write }], { name, teamId, actor: caller.userId, aggregate: next, data });
  return data;
}

/** Sends a test message to a channel, the way of every other message. */
export async function testChannel(caller: Caller, path: ChannelPath): Promise<Notice> {
  const { found } = await authorise(caller, 'channel.manage', path, channelAt(path));
  const [{ id, name }] = found;
  const at = new Date().toISOString();
  const message: Message = {
    ...{ type: 'test', at, title: `A test of channel ${name}`, about: id, tone: 'plain', data: { channelId: id } },
    detail: 'Gantry sends notifications of your team here.',
  };
  const notice = newNotice({ ...path, noticeId: newId('notice') }, message, at);
  return request(caller, path, notice, undefined);
}

/** What a channel was sent, newest first. */
export async function listNotices(caller: Caller, path: ChannelPath, query: PageQuery) {
  await authorise(caller, 'channel.read', path, channelAt(path));
  const { teamId, channelId } = path;
  const notices = NoticeEntity.query.primary({ teamId, channelId });
  return page(query, () => notices.go({ ...pageOptions(query), order: 'desc' }), viewNotice);
}

export async function getNotice(caller: Caller, path: NoticePath): Promise<Notice> {
  const { found } = await authorise(caller, 'channel.read', path, channelAt(path), noticeAt(path));
  return viewNotice(found[1]);
}

/** Sends a notice again, under the same id. One that waits for its next attempt is sent now. */
export function replayNotice(caller: Caller, path: NoticePath): Promise<Notice> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'channel.manage', path, channelAt(path), noticeAt(path));
    const [, notice] = found;
    const next = { ...notice, status: 'pending' as const, tries: 0, nextAt: 0, version: notice.version + 1 };
    return request(caller, path, next, notice);
  });
}

/** Commits a notice with the event that delivers it. */
async function request(
  caller: Caller,
  { teamId }: ChannelPath,
  notice: NoticeRecord,
  known: NoticeRecord | undefined,
): Promise<Notice> {
  const { channelId, id: noticeId } = notice;
  const reply = willAnswer(viewNotice(notice));
  const put = NoticeEntity.put(notice).where(({ version }, { eq, notExists }) =>
    known === undefined ? notExists(version) : eq(version, known.version),
  );
  const data = { channelId, noticeId };
  const told = { name: 'notice.requested', teamId, actor: caller.userId, aggregate: notice, data } as const;
  await transact([{ item: item.put(put) }], told);
  return reply;
}
