import { allows } from '@gantry/contract/roles.ts';
import type { Member } from '@gantry/contract/schemas/identity.ts';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Card } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { Ago } from '../../components/time.tsx';
import { apiList } from '../../data/api.ts';
import { projectsQuery, sessionQuery, useTeam } from '../../data/place.ts';
import { projectRolesText } from '../../data/roles.ts';
import { InvitationList } from './invitations.tsx';
import { InviteButton } from './invite.tsx';
import { MemberRole } from './member-role.tsx';
import { RemoveMember } from './remove-member.tsx';

/** The members of a team with their roles, and its invitations. */
export function View() {
  const { team, role } = useTeam();
  const mayManage = role !== null && allows(role, 'member.manage');
  const mayInvite = role !== null && allows(role, 'invitation.manage');
  const { data: members } = useQuery(apiList('members.list', { params: { teamId: team.id } }));
  return (
    <Page title={`Members · ${team.name}`} heading="Members" actions={mayInvite && <InviteButton team={team} />}>
      <Card>
        {members === undefined ? (
          <Skeleton className="m-4 h-16" />
        ) : (
          <ul className="divide-y divide-line">
            {members.map((member) => (
              <MemberRow key={member.userId} member={member} mayManage={mayManage} />
            ))}
          </ul>
        )}
      </Card>
      {mayInvite && <InvitationList team={team} />}
    </Page>
  );
}

function MemberRow({ member, mayManage }: { readonly member: Member; readonly mayManage: boolean }) {
  const { team, role: ownRole } = useTeam();
  const { user } = useSuspenseQuery(sessionQuery()).data;
  const { data: projects } = useSuspenseQuery(projectsQuery(team.id));
  const isSelf = member.userId === user.id;
  // Only an owner changes owners. Nobody changes their own role here: the settings have leaving and handing over.
  const isOpen = mayManage && !isSelf && (member.role !== 'owner' || ownRole === 'owner');
  const single = projectRolesText(member.projectRoles, projects);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <span className="min-w-0 grow basis-56">
        <span className="block truncate font-medium">
          {member.email}
          {isSelf && <span className="font-normal text-soft"> (you)</span>}
        </span>
        <span className="block text-small text-soft">
          joined <Ago at={member.joinedAt} />
          {single !== '' && ` · ${single}`}
        </span>
      </span>
      {isOpen ? <MemberRole member={member} /> : <span className="text-small">{member.role ?? 'single projects'}</span>}
      {isOpen && <RemoveMember member={member} />}
    </li>
  );
}
