import type { Channel } from '@gantry/contract/schemas/channels.ts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { toast } from '../../components/toast.tsx';
import { useAct } from '../../data/act.ts';
import { api } from '../../data/api.ts';
import { useTeam } from '../../data/place.ts';

const POLL_MS = 500;

/** Sends a test message, and says how its first attempt went. */
export function TestButton({ channel, onSent }: { readonly channel: Channel; readonly onSent: () => void }) {
  const { team } = useTeam();
  const queries = useQueryClient();
  const params = { teamId: team.id, channelId: channel.id };
  const [noticeId, setNotice] = useState<string>();
  const test = useAct('channels.test', { onDone: ({ id }) => setNotice(id) });
  const { data: notice } = useQuery({
    ...api('notices.get', { params: { ...params, noticeId: noticeId ?? '' } }),
    enabled: noticeId !== undefined,
    refetchInterval: POLL_MS,
  });
  const last = notice?.attempts.at(-1);
  useEffect(() => {
    if (noticeId === undefined || last === undefined) return;
    setNotice(undefined);
    void queries.invalidateQueries({ queryKey: ['notices.list'] });
    onSent();
    if (last.error === null) toast.done(`${channel.name} got the test message.`);
  }, [noticeId, last, queries, channel.name, onSent]);
  return (
    <Button busy={test.isPending || noticeId !== undefined} onClick={() => test.mutate({ params })}>
      Send test
    </Button>
  );
}
