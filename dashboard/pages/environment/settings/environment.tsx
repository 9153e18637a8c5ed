import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Card, Fact, Facts } from '../../../components/card.tsx';
import { Field, FormError } from '../../../components/field.tsx';
import { RenameForm } from '../../../components/rename-form.tsx';
import { useAct } from '../../../data/act.ts';
import { useEnvironment } from '../../../data/place.ts';

/** The name of an environment, and the branch whose pushes deploy to it. */
export function EnvironmentCard({ mayChange }: { readonly mayChange: boolean }) {
  const { team, project, environment } = useEnvironment();
  const params = { teamId: team.id, projectId: project.id, environmentId: environment.id };
  const refetches = ['environments.list'] as const;
  const rename = useAct('environments.update', { quiet: true, done: 'The name is changed.', refetches });
  return (
    <Card title={`Environment ${environment.name}`}>
      <Facts>
        <Fact name="In addresses">
          <code className="font-mono text-small">{environment.slug}</code>
        </Fact>
        <Fact name="Pushes">
          {environment.branch === null
            ? environment.slug === 'production'
              ? "to each service's own branch deploy here"
              : 'deploy nothing here'
            : `to ${environment.branch} deploy here`}
        </Fact>
      </Facts>
      {mayChange && (
        <>
          <RenameForm
            name={environment.name}
            busy={rename.isPending}
            error={rename.error}
            onRename={(name) => rename.mutate({ params, body: { name }, ifMatch: environment.version })}
          />
          <BranchForm />
        </>
      )}
    </Card>
  );
}

function BranchForm() {
  const { team, project, environment } = useEnvironment();
  const params = { teamId: team.id, projectId: project.id, environmentId: environment.id };
  const [branch, setBranch] = useState(environment.branch ?? '');
  const update = useAct('environments.update', {
    quiet: true,
    done: 'Saved. It applies from the next push.',
    refetches: ['environments.list'],
  });
  const wanted = branch.trim() === '' ? null : branch.trim();
  return (
    <form
      className="flex flex-wrap items-end gap-3 border-t border-line px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ params, body: { branch: wanted }, ifMatch: environment.version });
      }}
    >
      <Field
        label="Branch"
        className="grow basis-56"
        placeholder="develop"
        value={branch}
        onChange={(event) => setBranch(event.target.value)}
        hint="A push to this branch deploys the services with a repository."
        error={update.error}
        field="body.branch"
      />
      <Button type="submit" className="h-9" busy={update.isPending} disabled={wanted === environment.branch}>
        Save
      </Button>
      <FormError error={update.error} fields={['body.branch']} />
    </form>
  );
}
