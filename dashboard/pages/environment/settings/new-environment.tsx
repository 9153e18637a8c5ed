import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Field } from '../../../components/field.tsx';
import { NamedForm } from '../../../components/named-form.tsx';
import { NewButton } from '../../../components/new-button.tsx';
import { useAct } from '../../../data/act.ts';
import { queryClient } from '../../../data/api.ts';
import { environmentsQuery, useEnvironment } from '../../../data/place.ts';
import { paths, slugsOf } from '../../../paths.ts';

/** Creates an environment, and shows it. */
export function NewEnvironmentButton() {
  return (
    <NewButton
      noun="environment"
      look="secondary"
      description="The project's services also run there, with their own variables and releases."
    >
      <NewEnvironmentForm />
    </NewButton>
  );
}

function NewEnvironmentForm() {
  const place = useEnvironment();
  const { team, project } = place;
  const navigate = useNavigate();
  const [branch, setBranch] = useState('');
  const create = useAct('environments.create', {
    quiet: true,
    async onDone({ slug: environment }) {
      await queryClient.refetchQueries({ queryKey: environmentsQuery(team.id, project.id).queryKey });
      await navigate({ to: paths.environment({ ...slugsOf.project(place), environment }) });
    },
  });
  const params = { teamId: team.id, projectId: project.id };
  const tracked = branch.trim() === '' ? {} : { branch: branch.trim() };
  return (
    <NamedForm
      noun="environment"
      placeholder="Staging"
      busy={create.isPending}
      error={create.error}
      fields={['body.branch']}
      onCreate={(named) => create.mutate({ params, body: { ...named, ...tracked } })}
    >
      <Field
        label="Branch"
        placeholder="develop"
        value={branch}
        onChange={(event) => setBranch(event.target.value)}
        hint="A push to this branch deploys here. Empty: deploy by hand."
        error={create.error}
        field="body.branch"
      />
    </NamedForm>
  );
}
