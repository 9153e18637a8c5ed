import type { Channel } from '@gantry/contract/schemas/channels.ts';
import { useState } from 'react';
import { ItemActions } from '../../components/item-actions.tsx';
import { useAct } from '../../data/act.ts';
import { useTeam } from '../../data/place.ts';
import { ChannelForm } from './channel-form.tsx';

/** What an admin may do with a channel. */
export function ChannelActions({ channel }: { readonly channel: Channel }) {
  const { team } = useTeam();
  const { id: channelId, name } = channel;
  const params = { teamId: team.id, channelId };
  const [shown, setShown] = useState<'edit' | 'delete'>();
  const close = () => setShown(undefined);
  const refetches = ['channels.list'] as const;
  const update = useAct('channels.update', { quiet: true, refetches, done: `${name} is changed.`, onDone: close });
  const remove = useAct('channels.delete', { quiet: true, refetches, done: `${name} is deleted.`, onDone: close });
  return (
    <ItemActions
      name={name}
      shown={shown}
      onShow={setShown}
      change={{
        label: 'Change',
        hint: 'An empty target keeps the present one.',
        form: (
          <ChannelForm
            channel={channel}
            action="Save"
            busy={update.isPending}
            error={update.error}
            onSend={({ kind: _, target, ...body }) =>
              update.mutate({ params, body: { ...body, ...(target !== '' && { target }) } })
            }
          />
        ),
      }}
      removal={{
        action: 'Delete channel',
        warning: 'The channel carries nothing any more, and messages that wait for it are dropped.',
        busy: remove.isPending,
        error: remove.error,
        onConfirm: () => remove.mutate({ params }),
      }}
    />
  );
}
