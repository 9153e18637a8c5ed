import { useNavigate } from '@tanstack/react-router';
import { NamedForm } from '../../components/named-form.tsx';
import { NewButton } from '../../components/new-button.tsx';
import { useAct } from '../../data/act.ts';
import { queryClient } from '../../data/api.ts';
import { type EnvironmentPlace, servicesQuery } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

/** Creates a service of uploads and goes there. */
export function NewServiceButton({ place }: { readonly place: EnvironmentPlace }) {
  return (
    <NewButton noun="service" description="A service is one app or job. It exists in every environment of the project.">
      <NewServiceForm place={place} />
    </NewButton>
  );
}

function NewServiceForm({ place }: { readonly place: EnvironmentPlace }) {
  const { team, project } = place;
  const navigate = useNavigate();
  const create = useAct('services.create', {
    quiet: true,
    async onDone({ slug: service }) {
      await queryClient.refetchQueries({ queryKey: servicesQuery(team.id, project.id).queryKey });
      await navigate({ to: paths.service({ ...slugsOf.environment(place), service }) });
    },
  });
  const params = { teamId: team.id, projectId: project.id };
  return (
    <NamedForm
      noun="service"
      placeholder="web"
      busy={create.isPending}
      error={create.error}
      onCreate={(named) => create.mutate({ params, body: { ...named, source: { kind: 'upload' } } })}
    />
  );
}
