import { useNavigate } from '@tanstack/react-router';
import { DeleteCard } from '../../../components/delete-card.tsx';
import { useAct } from '../../../data/act.ts';
import { instanceParams, useService } from '../../../data/place.ts';
import { paths, slugsOf } from '../../../paths.ts';

export function DeleteService() {
  const place = useService();
  const { service, project } = place;
  const navigate = useNavigate();
  const remove = useAct('services.delete', {
    quiet: true,
    done: `${service.name} is being deleted.`,
    refetches: ['services.list'],
    onDone: () => void navigate({ to: paths.environment(slugsOf.environment(place)) }),
  });
  const { teamId, projectId, serviceId } = instanceParams(place);
  return (
    <DeleteCard
      noun="service"
      name={service.name}
      typed={service.slug}
      about="Deletes the service in all environments, with its releases and its variables."
      warning={`It stops at once in every environment of ${project.name}. You cannot undo this.`}
      busy={remove.isPending}
      error={remove.error}
      onDelete={() => remove.mutate({ params: { teamId, projectId, serviceId } })}
    />
  );
}
