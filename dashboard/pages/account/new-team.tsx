import { useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { useAct } from '../../data/act.ts';
import { slugFrom } from '../../data/slugs.ts';
import { paths } from '../../paths.ts';

/** Creates a team, of which the person is the owner, and goes there. */
export function NewTeamButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        New team
      </Button>
      <Dialog
        title="New team"
        description="A team owns projects. You are its owner, and invite others."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <NewTeamForm />
      </Dialog>
    </>
  );
}

function NewTeamForm() {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const slug = slugFrom(name);
  const create = useAct('teams.create', {
    quiet: true,
    refetches: ['session.get'],
    onDone: (team) => void navigate({ to: paths.team(team.slug) }),
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ body: { slug, name: name.trim() } });
      }}
    >
      <Field
        label="Name"
        required
        maxLength={80}
        placeholder="Acme Ltd"
        value={name}
        onChange={(event) => setName(event.target.value)}
        hint={
          slug === ''
            ? 'Stands in addresses, and never changes.'
            : `Its address has “${slug}” in it, which never changes.`
        }
        error={create.error}
        field="body.slug"
      />
      <FormError error={create.error} fields={['body.slug']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={slug === ''} busy={create.isPending}>
          Create team
        </Button>
      </div>
    </form>
  );
}
