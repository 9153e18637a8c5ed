import { useSuspenseQuery } from '@tanstack/react-query';
import { Card } from '../components/card.tsx';
import { Empty } from '../components/empty.tsx';
import { Page } from '../components/page.tsx';
import { sessionQuery } from '../data/place.ts';
import { NewTeamButton } from './account/new-team.tsx';
import { Invitations } from './home/invitations.tsx';
import { TeamOverview } from './home/team-overview.tsx';

/** All teams of the user, with everything that needs attention. */
export function View() {
  const { teams, invitations } = useSuspenseQuery(sessionQuery()).data;
  return (
    <Page title="Overview" heading="Overview">
      {invitations.length > 0 && <Invitations invitations={invitations} />}
      {teams.length === 0 && invitations.length === 0 && (
        <Card>
          <Empty title="You belong to no team yet" action={<NewTeamButton />}>
            Create one, or ask an admin of a team for an invitation to your e-mail address.
          </Empty>
        </Card>
      )}
      {teams.map(({ team, role }) => (
        <TeamOverview key={team.id} team={team} role={role} />
      ))}
    </Page>
  );
}
