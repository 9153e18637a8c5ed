import { type ProjectRole, projectRoles, type Role } from '@gantry/contract/roles.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { useAct } from '../../data/act.ts';
import { projectsQuery, useTeam } from '../../data/place.ts';
import { roleOptions, roleTexts } from '../../data/roles.ts';

/** Invites somebody by e-mail, to the whole team or to one project of it. */
export function InviteButton({ team }: { readonly team: Team }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <UserPlus aria-hidden="true" size={14} />
        Invite
      </Button>
      <Dialog
        title="Invite somebody"
        description="The invitation is valid for a week. It shows after a sign-in with this e-mail address."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <InviteForm team={team} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function InviteForm({ team, onDone }: { readonly team: Team; readonly onDone: () => void }) {
  const { role: ownRole } = useTeam();
  const { data: projects } = useSuspenseQuery(projectsQuery(team.id));
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('developer');
  const [projectId, setProject] = useState('');
  const invite = useAct('invitations.create', {
    quiet: true,
    done: (invitation) => `${invitation.email} is invited.`,
    refetches: ['invitations.list'],
    onDone,
  });
  const isPossible = (each: string) =>
    (projectId === '' || projectRoles.includes(each as ProjectRole)) && (each !== 'owner' || ownRole === 'owner');
  const body =
    projectId === '' ? { email, role } : { email, role: null, projectRoles: { [projectId]: role as ProjectRole } };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        invite.mutate({ params: { teamId: team.id }, body });
      }}
    >
      <Field
        label="E-mail"
        type="email"
        required
        placeholder="ada@example.com"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={invite.error}
        field="body.email"
      />
      <Select
        label="Where"
        value={projectId}
        onChange={(value) => {
          setProject(value);
          if (role === 'owner') setRole('developer');
        }}
        options={[['', 'The whole team'], ...projects.map(({ id, name }) => [id, `Only ${name}`] as const)]}
      />
      <Select
        label="Role"
        value={role}
        onChange={(value) => setRole(value as Role)}
        options={roleOptions.filter(([value]) => isPossible(value))}
        hint={roleTexts[role]}
      />
      <FormError error={invite.error} fields={['body.email']} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={invite.isPending}>
          Invite
        </Button>
      </div>
    </form>
  );
}
