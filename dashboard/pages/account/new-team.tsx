import { useNavigate } from '@tanstack/react-router';
import { NamedForm } from '../../components/named-form.tsx';
import { NewButton } from '../../components/new-button.tsx';
import { useAct } from '../../data/act.ts';
import { paths } from '../../paths.ts';

/** Creates a team with the user as its owner, and shows it. */
export function NewTeamButton() {
  return (
    <NewButton noun="team" look="secondary" description="A team owns projects. You are its owner, and invite others.">
      <NewTeamForm />
    </NewButton>
  );
}

function NewTeamForm() {
  const navigate = useNavigate();
  const create = useAct('teams.create', {
    quiet: true,
    refetches: ['session.get'],
    onDone: (team) => void navigate({ to: paths.team(team.slug) }),
  });
  return (
    <NamedForm
      noun="team"
      placeholder="Acme Ltd"
      busy={create.isPending}
      error={create.error}
      onCreate={(body) => create.mutate({ body })}
    />
  );
}
