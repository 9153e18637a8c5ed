import type { Client } from '@gantry/client/client.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { roles } from '@gantry/contract/roles.ts';
import type { Member } from '@gantry/contract/schemas/identity.ts';
import { yesFlag } from '../confirm.ts';
import { verb } from '../declare.ts';
import { columns } from '../output.ts';
import { allPages } from '../pages.ts';
import { openSession } from '../session.ts';
import { teamFlag, teamOf } from '../target.ts';

const member = { member: { summary: 'their e-mail or id' } } as const;

const list = verb({
  summary: "A team's members and their roles",
  flags: teamFlag,
  examples: ['team members', 'team members --json'],
  async run(context) {
    const session = await openSession(context);
    const all = await membersOf(session.client, (await teamOf(context, session, context.flags)).id);
    const rows = all.map(({ email, role, projectRoles, userId }) => [email, rolesText(role, projectRoles), userId]);
    context.out.result(all, columns(rows, ['MEMBER', 'ROLE', 'ID']));
  },
});

const role = verb({
  summary: "Change a member's role on the team; roles on single projects stay",
  args: { ...member, role: { summary: roles.join(', ') } },
  flags: teamFlag,
  examples: ['team role ada@example.com admin'],
  async run(context) {
    const { args, flags, out } = context;
    const { client, ...session } = await openSession(context);
    const { id: teamId } = await teamOf(context, { client, ...session }, flags);
    const wanted = roles.find((one) => one === args.role);
    if (wanted === undefined)
      throw new GantryError('Invalid', `There is no role ${args.role}. There are: ${roles.join(', ')}.`);
    const { userId, projectRoles } = await find(client, teamId, args.member);
    const changed = await client('members.update', {
      params: { teamId, userId },
      body: { role: wanted, projectRoles },
    });
    out.result(changed, `${changed.email} is ${changed.role}.`);
  },
});

const remove = verb({
  summary: 'Remove a member; their API tokens end',
  args: member,
  flags: { ...teamFlag, ...yesFlag },
  examples: ['team remove ada@example.com', 'team remove ada@example.com --yes ada@example.com'],
  async run(context) {
    const { args, flags, out, prompts } = context;
    const { client, ...session } = await openSession(context);
    const { id: teamId, slug } = await teamOf(context, { client, ...session }, flags);
    const { userId, email } = await find(client, teamId, args.member);
    await prompts.confirm(`This ends the membership of ${email} in ${slug}, and their API tokens.`, email, flags.yes);
    const removed = await client('members.remove', { params: { teamId, userId } });
    out.result(removed, `Removed ${email} from ${slug}.`);
  },
});

const transfer = verb({
  summary: 'Transfer your ownership to another member; you become an admin',
  args: member,
  flags: { ...teamFlag, ...yesFlag },
  examples: ['team transfer ada@example.com', 'team transfer ada@example.com --yes acme'],
  async run(context) {
    const { args, flags, out, prompts } = context;
    const { client, ...session } = await openSession(context);
    const { id: teamId, slug } = await teamOf(context, { client, ...session }, flags);
    const { userId, email } = await find(client, teamId, args.member);
    await prompts.confirm(`This makes ${email} an owner of ${slug}, and you an admin.`, slug, flags.yes);
    const owner = await client('teams.transfer', { params: { teamId }, body: { userId } });
    out.result(owner, `${email} is an owner of ${slug}.`);
  },
});

export function membersOf(client: Client, teamId: string): Promise<Member[]> {
  return allPages((query) => client('members.list', { params: { teamId }, query }));
}

async function find(client: Client, teamId: string, name: string): Promise<Member> {
  const found = (await membersOf(client, teamId)).find(({ email, userId }) => email === name || userId === name);
  if (found === undefined) throw new GantryError('NotFound', `${name} is no member: see \`gantry team members\`.`);
  return found;
}

/** A role on the team, or the number of single projects with a role. */
export function rolesText(role: Member['role'], projectRoles: Member['projectRoles']): string {
  const single = Object.keys(projectRoles).length;
  return [role ?? [], single > 0 ? `${single} of single projects` : []].flat().join(', ');
}

export const members = { members: list, role, remove, transfer };
