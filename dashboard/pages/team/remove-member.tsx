import type { Member } from '@gantry/contract/schemas/identity.ts';
import { UserMinus } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { useAct } from '../../data/act.ts';

export function RemoveMember({ member: { teamId, userId, email } }: { readonly member: Member }) {
  const [isOpen, setOpen] = useState(false);
  const remove = useAct('members.remove', {
    done: `${email} is not a member any more.`,
    refetches: ['members.list'],
    quiet: true,
    onDone: () => setOpen(false),
  });
  return (
    <>
      <IconButton
        label={`Remove ${email}`}
        icon={<UserMinus aria-hidden="true" size={16} />}
        onClick={() => setOpen(true)}
      />
      <Confirm
        title={`Remove ${email}?`}
        warning="Their sessions and API tokens in this team end at once. Their deployments stay."
        action={`Remove ${email}`}
        open={isOpen}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params: { teamId, userId } })}
        onClose={() => setOpen(false)}
      />
    </>
  );
}
