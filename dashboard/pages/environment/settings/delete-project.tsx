import { useNavigate } from '@tanstack/react-router';
import { DeleteCard } from '../../../components/delete-card.tsx';
import { useAct } from '../../../data/act.ts';
import { useEnvironment } from '../../../data/place.ts';
import { paths } from '../../../paths.ts';

export function DeleteProject() {
  const { team, project } = useEnvironment();
  const navigate = useNavigate();
  const remove = useAct('projects.delete', {
    quiet: true,
    done: `${project.name} is being deleted.`,
    refetches: ['projects.list'],
    onDone: () => void navigate({ to: paths.team(team.slug) }),
  });
  const params = { teamId: team.id, projectId: project.id };
  return (
    <DeleteCard
      noun="project"
      name={project.name}
      typed={project.slug}
      about={`Deletes ${project.name} with all of its environments and services.`}
      warning="Every service in every environment stops at once. You cannot undo this."
      busy={remove.isPending}
      error={remove.error}
      onDelete={() => remove.mutate({ params, query: { confirm: project.slug } })}
    />
  );
}
