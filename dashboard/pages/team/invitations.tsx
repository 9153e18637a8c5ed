import type { Invitation, Team } from '@gantry/contract/schemas/identity.ts';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { useAct } from '../../data/act.ts';
import { apiList } from '../../data/api.ts';
import { projectsQuery } from '../../data/place.ts';
import { projectRolesText } from '../../data/roles.ts';

/** The open invitations; nothing if there are none. */
export function InvitationList({ team }: { readonly team: Team }) {
  const { data } = useQuery(apiList('invitations.list', { params: { teamId: team.id } }));
  if (data === undefined || data.length === 0) return null;
  return (
    <Card title="Invited">
      <ul className="divide-y divide-line">
        {data.map((invitation) => (
          <Row key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </Card>
  );
}

function Row({ invitation }: { readonly invitation: Invitation }) {
  const { id, teamId, email, role, projectRoles, expired, expiresAt } = invitation;
  const { data: projects } = useSuspenseQuery(projectsQuery(teamId));
  const revoke = useAct('invitations.revoke', {
    done: `${email} is not invited any more.`,
    refetches: ['invitations.list'],
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <span className="min-w-0 grow basis-56">
        <span className="block truncate font-medium">{email}</span>
        <span className="block text-small text-soft">
          {role ?? projectRolesText(projectRoles, projects)} ·{' '}
          {expired ? <span className="text-busy">expired</span> : `until ${new Date(expiresAt).toLocaleDateString()}`}
        </span>
      </span>
      <Button busy={revoke.isPending} onClick={() => revoke.mutate({ params: { teamId, invitationId: id } })}>
        Revoke
      </Button>
    </li>
  );
}
