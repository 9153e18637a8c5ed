import type { Invitation } from '@gantry/contract/schemas/identity.ts';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { useAct } from '../../data/act.ts';

/** The user's open invitations. */
export function Invitations({ invitations }: { readonly invitations: readonly Invitation[] }) {
  const accept = useAct('invitations.accept', { done: 'You have joined the team.', refetches: ['session.get'] });
  return (
    <Card title="Invitations">
      <ul className="divide-y divide-line">
        {invitations.map(({ id, teamId, teamName, role }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-3 px-4 py-2.5">
            <span>
              Join <strong>{teamName}</strong> as {role ?? 'a member of single projects'}
            </span>
            <Button
              look="primary"
              busy={accept.isPending}
              onClick={() => accept.mutate({ params: { teamId, invitationId: id } })}
            >
              Accept
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
