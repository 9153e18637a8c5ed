import type { Channel, Notice } from '@gantry/contract/schemas/channels.ts';
import { useQuery } from '@tanstack/react-query';
import { Button } from '../../components/button.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { NoticeState } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useAct } from '../../data/act.ts';
import { api } from '../../data/api.ts';
import { useTeam } from '../../data/place.ts';

interface ChannelLogProps {
  readonly channel: Channel;
  readonly mayManage: boolean;
}

/** What a channel was sent last, with the outcome of each. */
export function ChannelLog({ channel, mayManage }: ChannelLogProps) {
  const { team } = useTeam();
  const params = { teamId: team.id, channelId: channel.id };
  const { data } = useQuery(api('notices.list', { params, query: { limit: '20' } }));
  if (data === undefined) return <Skeleton className="mt-2 h-10" />;
  if (data.items.length === 0)
    return <p className="mt-2 text-small text-soft">This channel was sent nothing in the last 30 days.</p>;
  return (
    <ol className="mt-2 grid gap-1 rounded-md bg-sunken px-3 py-2">
      {data.items.map((notice) => (
        <Row key={notice.id} notice={notice} mayReplay={mayManage && notice.status !== 'pending'} />
      ))}
    </ol>
  );
}

function Row({ notice, mayReplay }: { readonly notice: Notice; readonly mayReplay: boolean }) {
  const { id: noticeId, channelId, title, status, attempts, createdAt } = notice;
  const { team } = useTeam();
  const replay = useAct('notices.replay', { done: 'The message is sent again.', refetches: ['notices.list'] });
  const error = status === 'delivered' ? null : (attempts.at(-1)?.error ?? null);
  return (
    <li className="grid gap-x-3 text-small sm:grid-cols-[7rem_minmax(0,1fr)_auto_auto] sm:items-center">
      <NoticeState status={status} />
      <span className="min-w-0">
        <span className="block truncate">{title}</span>
        {error !== null && <span className="block text-bad">{error}</span>}
      </span>
      <span className="text-soft">
        <Ago at={createdAt} />
      </span>
      {mayReplay && (
        <Button
          look="quiet"
          className="justify-self-start"
          busy={replay.isPending}
          onClick={() => replay.mutate({ params: { teamId: team.id, channelId, noticeId } })}
        >
          Send again
        </Button>
      )}
    </li>
  );
}
