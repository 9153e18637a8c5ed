import type { Team } from '@gantry/contract/schemas/identity.ts';
import { useNavigate } from '@tanstack/react-router';
import { NamedForm } from '../../components/named-form.tsx';
import { NewButton } from '../../components/new-button.tsx';
import { useAct } from '../../data/act.ts';
import { queryClient } from '../../data/api.ts';
import { projectsQuery } from '../../data/place.ts';
import { paths } from '../../paths.ts';

/** Creates a project, and shows it. */
export function NewProjectButton({ team }: { readonly team: Team }) {
  const about = 'A project holds services that belong together. It begins with the environment production.';
  return (
    <NewButton noun="project" description={about}>
      <NewProjectForm team={team} />
    </NewButton>
  );
}

function NewProjectForm({ team }: { readonly team: Team }) {
  const navigate = useNavigate();
  const create = useAct('projects.create', {
    quiet: true,
    async onDone({ slug: project }) {
      await queryClient.refetchQueries({ queryKey: projectsQuery(team.id).queryKey });
      await navigate({ to: paths.project({ team: team.slug, project }) });
    },
  });
  return (
    <NamedForm
      noun="project"
      placeholder="Web shop"
      busy={create.isPending}
      error={create.error}
      onCreate={(named) => create.mutate({ params: { teamId: team.id }, body: named })}
    />
  );
}
