import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from '../components/card.tsx';
import { Empty } from '../components/empty.tsx';
import { Page } from '../components/page.tsx';
import { sessionQuery } from '../data/place.ts';
import { paths } from '../paths.ts';
import { Invitations } from './home/invitations.tsx';
import { TeamProjects } from './home/team-projects.tsx';

/** Everything that the person has, and what needs them. */
export function View() {
  const { teams, invitations } = useSuspenseQuery(sessionQuery()).data;
  return (
    <Page title="Overview" heading="Overview">
      {invitations.length > 0 && <Invitations invitations={invitations} />}
      {teams.length === 0 && invitations.length === 0 && (
        <Card>
          <Empty title="You belong to no team yet">
            Ask an admin of a team for an invitation to your e-mail address.
          </Empty>
        </Card>
      )}
      {teams.map(({ team }) => (
        <Card
          key={team.id}
          title={
            <Link to={paths.team(team.slug)} className="hover:underline">
              {team.name}
            </Link>
          }
        >
          <TeamProjects team={team} />
        </Card>
      ))}
    </Page>
  );
}
