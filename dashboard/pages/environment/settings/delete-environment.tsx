import { useNavigate } from '@tanstack/react-router';
import { DeleteCard } from '../../../components/delete-card.tsx';
import { useAct } from '../../../data/act.ts';
import { useEnvironment } from '../../../data/place.ts';
import { paths, slugsOf } from '../../../paths.ts';

/** Deletes an environment. For production the user types the project's name. */
export function DeleteEnvironment() {
  const place = useEnvironment();
  const { team, project, environment } = place;
  const navigate = useNavigate();
  const remove = useAct('environments.delete', {
    quiet: true,
    done: `${environment.name} is being deleted.`,
    refetches: ['environments.list'],
    onDone: () => void navigate({ to: paths.project(slugsOf.project(place)) }),
  });
  const isProduction = environment.slug === 'production';
  const params = { teamId: team.id, projectId: project.id, environmentId: environment.id };
  return (
    <DeleteCard
      noun="environment"
      name={`${environment.name} of ${project.name}`}
      typed={isProduction ? project.slug : environment.slug}
      about={`Deletes ${environment.name} with everything that runs in it.`}
      warning="Everything in it stops at once. Its variables, releases and databases are deleted; only a last backup of each database stays."
      busy={remove.isPending}
      error={remove.error}
      onDelete={() => remove.mutate({ params, query: isProduction ? { confirm: project.slug } : {} })}
    />
  );
}
