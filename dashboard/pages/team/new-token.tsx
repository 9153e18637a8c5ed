import type { Scope } from '@gantry/contract/roles.ts';
import type { CreatedApiToken, Team } from '@gantry/contract/schemas/identity.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Command } from '../../components/command.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { useAct } from '../../data/act.ts';
import { projectsQuery } from '../../data/place.ts';

const scopeTexts: Readonly<Record<Scope, readonly [label: string, hint: string]>> = {
  read: ['Read', 'Read everything that you may read'],
  deploy: ['Deploy', 'Read, upload, deploy and roll back: enough for CI'],
  all: ['All', 'Everything that you may do, except people, invitations and tokens'],
};
const DAYS = ['7', '30', '90', '365'].map((days) => [days, `${days} days`] as const);

export function NewTokenButton({ team }: { readonly team: Team }) {
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<CreatedApiToken>();
  const close = () => {
    setOpen(false);
    setMade(undefined);
  };
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        New token
      </Button>
      <Dialog
        title={made === undefined ? 'New API token' : `Token ${made.token.name}`}
        description={
          made === undefined
            ? 'It acts as you, with at most your rights, and ends when you leave the team.'
            : 'The secret shows only now. Copy it.'
        }
        open={isOpen}
        onClose={close}
      >
        {made === undefined ? <TokenForm team={team} onMade={setMade} /> : <Made made={made} onClose={close} />}
      </Dialog>
    </>
  );
}

function TokenForm({ team, onMade }: { readonly team: Team; readonly onMade: (made: CreatedApiToken) => void }) {
  const { data: projects } = useSuspenseQuery(projectsQuery(team.id));
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('deploy');
  const [projectId, setProject] = useState('');
  const [days, setDays] = useState('90');
  const create = useAct('tokens.create', { quiet: true, refetches: ['tokens.list'], onDone: onMade });
  const body = { name: name.trim(), scope, expiresInDays: Number(days), ...(projectId !== '' && { projectId }) };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ params: { teamId: team.id }, body });
      }}
    >
      <Field
        label="Name"
        required
        maxLength={80}
        placeholder="CI"
        value={name}
        onChange={(event) => setName(event.target.value)}
        hint="To recognise the token later."
        error={create.error}
        field="body.name"
      />
      <Select
        label="May"
        value={scope}
        onChange={(value) => setScope(value as Scope)}
        options={Object.entries(scopeTexts).map(([value, [label]]) => [value, label] as const)}
        hint={scopeTexts[scope][1]}
      />
      <Select
        label="For"
        value={projectId}
        onChange={setProject}
        options={[['', 'All your projects'], ...projects.map((each) => [each.id, `Only ${each.name}`] as const)]}
      />
      <Select label="Valid for" value={days} onChange={setDays} options={DAYS} />
      <FormError error={create.error} fields={['body.name']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={create.isPending}>
          Create token
        </Button>
      </div>
    </form>
  );
}

function Made({ made, onClose }: { readonly made: CreatedApiToken; readonly onClose: () => void }) {
  return (
    <div className="grid justify-items-start gap-4">
      <Command copies="Copy the secret">{made.secret}</Command>
      <p className="text-soft">
        Set it as <code className="font-mono text-small">GANTRY_TOKEN</code> where the gantry command runs.
      </p>
      <div className="justify-self-end">
        <Button onClick={onClose}>I have copied it</Button>
      </div>
    </div>
  );
}
