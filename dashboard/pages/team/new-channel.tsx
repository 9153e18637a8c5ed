import type { CreatedChannel } from '@gantry/contract/schemas/channels.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Command } from '../../components/command.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useAct } from '../../data/act.ts';
import { ChannelForm } from './channel-form.tsx';

/** Creates a channel, and shows the secret of a webhook. */
export function NewChannelButton({ team }: { readonly team: Team }) {
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<CreatedChannel>();
  const close = () => {
    setOpen(false);
    setMade(undefined);
  };
  const create = useAct('channels.create', {
    quiet: true,
    refetches: ['channels.list'],
    done: ({ channel }) => `Channel ${channel.name} is created.`,
    onDone: (reply) => (reply.secret === null ? close() : setMade(reply)),
  });
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        New channel
      </Button>
      <Dialog
        title={made === undefined ? 'New channel' : `Channel ${made.channel.name}`}
        description={
          made === undefined
            ? 'A channel carries what happens in the team to a chat, a pager or a webhook.'
            : 'The secret shows only now. Copy it.'
        }
        open={isOpen}
        onClose={close}
      >
        {made === undefined ? (
          <ChannelForm
            action="Create channel"
            busy={create.isPending}
            error={create.error}
            onSend={(body) => create.mutate({ params: { teamId: team.id }, body })}
          />
        ) : (
          <div className="grid justify-items-start gap-4">
            <Command copies="Copy the secret">{made.secret ?? ''}</Command>
            <p className="text-soft">
              The receiver verifies each request with it, by any library for Standard Webhooks.
            </p>
            <div className="justify-self-end">
              <Button onClick={close}>I have copied it</Button>
            </div>
          </div>
        )}
      </Dialog>
    </>
  );
}
