import { useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { useAct } from '../../data/act.ts';
import { queryClient } from '../../data/api.ts';
import { type EnvironmentPlace, servicesQuery } from '../../data/place.ts';
import { slugFrom } from '../../data/slugs.ts';
import { paths, slugsOf } from '../../paths.ts';

/** Creates a service of uploads and goes there. */
export function NewServiceButton({ place }: { readonly place: EnvironmentPlace }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        New service
      </Button>
      <Dialog
        title="New service"
        description="A service is one app or job. It exists in every environment of the project."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <NewServiceForm place={place} />
      </Dialog>
    </>
  );
}

function NewServiceForm({ place }: { readonly place: EnvironmentPlace }) {
  const { team, project } = place;
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const slug = slugFrom(name);
  const create = useAct('services.create', {
    quiet: true,
    async onDone({ slug: service }) {
      await queryClient.refetchQueries({ queryKey: servicesQuery(team.id, project.id).queryKey });
      await navigate({ to: paths.service({ ...slugsOf.environment(place), service }) });
    },
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const params = { teamId: team.id, projectId: project.id };
        create.mutate({ params, body: { slug, name: name.trim(), source: { kind: 'upload' } } });
      }}
    >
      <Field
        label="Name"
        required
        maxLength={80}
        placeholder="web"
        value={name}
        onChange={(event) => setName(event.target.value)}
        hint={
          slug === ''
            ? 'Stands in its address, and never changes.'
            : `Its address has “${slug}” in it, which never changes.`
        }
        error={create.error}
        field="body.slug"
      />
      <FormError error={create.error} fields={['body.slug']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={slug === ''} busy={create.isPending}>
          Create service
        </Button>
      </div>
    </form>
  );
}
