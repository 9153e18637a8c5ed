import type { Channel } from '@gantry/contract/schemas/channels.ts';
import { EllipsisVertical, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
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
    <>
      <Menu
        trigger={<IconButton label={`Actions on ${name}`} icon={<EllipsisVertical aria-hidden="true" size={16} />} />}
      >
        <MenuItem onSelect={() => setShown('edit')}>
          <Pencil aria-hidden="true" size={14} />
          Change
        </MenuItem>
        <MenuItem onSelect={() => setShown('delete')}>
          <Trash2 aria-hidden="true" size={14} />
          Delete
        </MenuItem>
      </Menu>
      <Dialog
        title={`Change ${name}`}
        description="An empty target keeps the present one."
        open={shown === 'edit'}
        onClose={close}
      >
        <ChannelForm
          channel={channel}
          action="Save"
          busy={update.isPending}
          error={update.error}
          onSend={({ kind: _, target, ...body }) =>
            update.mutate({ params, body: { ...body, ...(target !== '' && { target }) } })
          }
        />
      </Dialog>
      <Confirm
        title={`Delete ${name}?`}
        warning="The channel carries nothing any more, and messages that wait for it are dropped."
        action="Delete channel"
        open={shown === 'delete'}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params })}
        onClose={close}
      />
    </>
  );
}
