import { useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { Field, FormError } from '../../../components/field.tsx';
import { useAct } from '../../../data/act.ts';
import { queryClient } from '../../../data/api.ts';
import { environmentsQuery, useEnvironment } from '../../../data/place.ts';
import { slugFrom } from '../../../data/slugs.ts';
import { paths, slugsOf } from '../../../paths.ts';

/** Creates an environment and goes there. */
export function NewEnvironmentButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        New environment
      </Button>
      <Dialog
        title="New environment"
        description="The services of the project run there too, with variables and releases of their own."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <NewEnvironmentForm />
      </Dialog>
    </>
  );
}

function NewEnvironmentForm() {
  const place = useEnvironment();
  const { team, project } = place;
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [branch, setBranch] = useState('');
  const slug = slugFrom(name);
  const create = useAct('environments.create', {
    quiet: true,
    async onDone({ slug: environment }) {
      await queryClient.refetchQueries({ queryKey: environmentsQuery(team.id, project.id).queryKey });
      await navigate({ to: paths.environment({ ...slugsOf.project(place), environment }) });
    },
  });
  const body = { slug, name: name.trim(), ...(branch.trim() !== '' && { branch: branch.trim() }) };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ params: { teamId: team.id, projectId: project.id }, body });
      }}
    >
      <Field
        label="Name"
        required
        maxLength={80}
        placeholder="Staging"
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
      <Field
        label="Branch"
        placeholder="develop"
        value={branch}
        onChange={(event) => setBranch(event.target.value)}
        hint="Pushes to it deploy here. Leave it empty to deploy by hand."
        error={create.error}
        field="body.branch"
      />
      <FormError error={create.error} fields={['body.slug', 'body.branch']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={slug === ''} busy={create.isPending}>
          Create environment
        </Button>
      </div>
    </form>
  );
}
