import type { Role } from '@gantry/contract/roles.ts';
import type { Member } from '@gantry/contract/schemas/identity.ts';
import { Select } from '../../components/select.tsx';
import { useAct } from '../../data/act.ts';
import { useTeam } from '../../data/place.ts';
import { roleOptions } from '../../data/roles.ts';

const SINGLE = 'single';

/** Changes the role of a member on the whole team; the roles on single projects stay. */
export function MemberRole({ member }: { readonly member: Member }) {
  const { role: ownRole } = useTeam();
  const { teamId, userId, email, projectRoles, role, version } = member;
  const update = useAct('members.update', {
    done: ({ role: given }) => `${email} is ${given ?? 'in single projects'} now.`,
    refetches: ['members.list'],
  });
  const given = roleOptions.filter(([value]) => value !== 'owner' || ownRole === 'owner');
  const options = Object.keys(projectRoles).length > 0 ? [...given, [SINGLE, 'Single projects'] as const] : given;
  return (
    <Select
      label={`Role of ${email}`}
      hidesLabel
      className="w-36"
      options={options}
      value={role ?? SINGLE}
      disabled={update.isPending}
      onChange={(value) =>
        update.mutate({
          params: { teamId, userId },
          body: { role: value === SINGLE ? null : (value as Role), projectRoles },
          ifMatch: version,
        })
      }
    />
  );
}
