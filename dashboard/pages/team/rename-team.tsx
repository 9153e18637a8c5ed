import type { Team } from '@gantry/contract/schemas/identity.ts';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { useAct } from '../../data/act.ts';

export function RenameTeam({ team }: { readonly team: Team }) {
  const [name, setName] = useState(team.name);
  const rename = useAct('teams.update', { quiet: true, done: 'The name is changed.', refetches: ['session.get'] });
  return (
    <form
      className="flex flex-wrap items-end gap-3 border-t border-line px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate({ params: { teamId: team.id }, body: { name: name.trim() }, ifMatch: team.version });
      }}
    >
      <Field
        label="Name"
        className="grow basis-56"
        required
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={rename.error}
        field="body.name"
      />
      <Button type="submit" busy={rename.isPending} disabled={name.trim() === '' || name.trim() === team.name}>
        Rename
      </Button>
      <FormError error={rename.error} fields={['body.name']} />
    </form>
  );
}
