import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card, Fact, Facts } from '../../../components/card.tsx';
import { RenameForm } from '../../../components/rename-form.tsx';
import { useAct } from '../../../data/act.ts';
import { environmentsQuery, useEnvironment } from '../../../data/place.ts';
import { paths, slugsOf } from '../../../paths.ts';
import { NewEnvironmentButton } from './new-environment.tsx';

interface ProjectCardProps {
  readonly mayChange: boolean;
  readonly mayCreate: boolean;
}

/** The name of a project and its environments. */
export function ProjectCard({ mayChange, mayCreate }: ProjectCardProps) {
  const place = useEnvironment();
  const { team, project } = place;
  const { data: environments } = useSuspenseQuery(environmentsQuery(team.id, project.id));
  const rename = useAct('projects.update', { quiet: true, done: 'The name is changed.', refetches: ['projects.list'] });
  const params = { teamId: team.id, projectId: project.id };
  return (
    <Card title={`Project ${project.name}`} actions={mayCreate && <NewEnvironmentButton />}>
      <Facts>
        <Fact name="In addresses">
          <code className="font-mono text-small">{project.slug}</code>
        </Fact>
        <Fact name="Environments">
          <ul className="flex flex-wrap gap-x-4 gap-y-1">
            {environments.map((environment) => (
              <li key={environment.id}>
                <Link
                  to={paths.environment(slugsOf.environment({ ...place, environment }))}
                  className="text-accent hover:underline"
                >
                  {environment.name}
                </Link>
                {environment.status === 'deleting' && <span className="text-soft"> (deleting)</span>}
              </li>
            ))}
          </ul>
        </Fact>
      </Facts>
      {mayChange && (
        <RenameForm
          name={project.name}
          busy={rename.isPending}
          error={rename.error}
          onRename={(name) => rename.mutate({ params, body: { name }, ifMatch: project.version })}
        />
      )}
    </Card>
  );
}
