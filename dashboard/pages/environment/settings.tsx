import { allows } from '@gantry/contract/roles.ts';
import { Page } from '../../components/page.tsx';
import { useEnvironment } from '../../data/place.ts';
import { DeleteEnvironment } from './settings/delete-environment.tsx';
import { DeleteProject } from './settings/delete-project.tsx';
import { EnvironmentCard } from './settings/environment.tsx';
import { ProjectCard } from './settings/project.tsx';

/** The settings of an environment and of its project. */
export function View() {
  const { environment, project, role } = useEnvironment();
  const may = (action: Parameters<typeof allows>[1]) => role !== null && allows(role, action);
  return (
    <Page title={`Settings · ${project.name}`} heading="Settings">
      <EnvironmentCard mayChange={may('environment.update')} />
      <ProjectCard mayChange={may('project.update')} mayCreate={may('environment.create')} />
      {may('environment.delete') && environment.status === 'active' && <DeleteEnvironment />}
      {may('project.delete') && project.status === 'active' && <DeleteProject />}
    </Page>
  );
}
