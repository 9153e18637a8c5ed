import type { Team } from '@gantry/contract/schemas/identity.ts';
import { RenameForm } from '../../components/rename-form.tsx';
import { useAct } from '../../data/act.ts';

export function RenameTeam({ team }: { readonly team: Team }) {
  const rename = useAct('teams.update', { quiet: true, done: 'The name is changed.', refetches: ['session.get'] });
  return (
    <RenameForm
      name={team.name}
      busy={rename.isPending}
      error={rename.error}
      onRename={(name) => rename.mutate({ params: { teamId: team.id }, body: { name }, ifMatch: team.version })}
    />
  );
}
