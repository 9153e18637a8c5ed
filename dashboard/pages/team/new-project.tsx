import type { Team } from '@gantry/contract/schemas/identity.ts';
import { useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { useAct } from '../../data/act.ts';
import { queryClient } from '../../data/api.ts';
import { projectsQuery } from '../../data/place.ts';
import { slugFrom } from '../../data/slugs.ts';
import { paths } from '../../paths.ts';

/** Creates a project and goes there. */
export function NewProjectButton({ team }: { readonly team: Team }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        New project
      </Button>
      <Dialog
        title="New project"
        description="A project holds services that belong together. It begins with the environment production."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <NewProjectForm team={team} />
      </Dialog>
    </>
  );
}

function NewProjectForm({ team }: { readonly team: Team }) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const slug = slugFrom(name);
  const create = useAct('projects.create', {
    quiet: true,
    async onDone({ slug: project }) {
      await queryClient.refetchQueries({ queryKey: projectsQuery(team.id).queryKey });
      await navigate({ to: paths.project({ team: team.slug, project }) });
    },
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ params: { teamId: team.id }, body: { slug, name: name.trim() } });
      }}
    >
      <Field
        label="Name"
        required
        maxLength={80}
        placeholder="Web shop"
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
          Create project
        </Button>
      </div>
    </form>
  );
}
