import { allows } from '@gantry/contract/roles.ts';
import { Card } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { useTeam } from '../../data/place.ts';
import { TeamProjects } from '../home/team-projects.tsx';
import { NewProjectButton } from './new-project.tsx';

export function View() {
  const { team, role } = useTeam();
  const mayCreate = role !== null && allows(role, 'project.create');
  return (
    <Page title={`Projects · ${team.name}`} heading="Projects" actions={mayCreate && <NewProjectButton team={team} />}>
      <Card>
        <TeamProjects team={team} role={role} />
      </Card>
    </Page>
  );
}
