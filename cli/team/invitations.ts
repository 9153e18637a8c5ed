import { GantryError } from '@gantry/contract/errors.ts';
import { projectRoles, roles } from '@gantry/contract/roles.ts';
import { verb } from '../declare.ts';
import { columns } from '../output.ts';
import { allPages } from '../pages.ts';
import { openSession } from '../session.ts';
import { projectOf, teamFlag, teamOf } from '../target.ts';
import { rolesText } from './members.ts';

const invite = verb({
  summary: 'Invite a person by e-mail, for a week',
  args: { email: { summary: 'their e-mail' } },
  flags: {
    ...teamFlag,
    role: { summary: 'their role; default developer', value: 'role', choices: roles },
    project: { summary: 'give access to this project only', value: 'project', short: 'p' },
  },
  examples: ['team invite ada@example.com', 'team invite ada@example.com --role viewer --project shop'],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const { email } = args;
    const wanted = flags.role ?? 'developer';
    const single = flags.project === undefined ? undefined : await projectOf(context, session, flags);
    const { id: teamId } = single?.team ?? (await teamOf(context, session, flags));
    const ofProject = projectRoles.find((role) => role === wanted);
    if (single !== undefined && ofProject === undefined)
      throw new GantryError('Invalid', `A project has no ${wanted}. There are: ${projectRoles.join(', ')}.`);
    const body =
      single === undefined || ofProject === undefined
        ? { email, role: wanted }
        : { email, role: null, projectRoles: { [single.project.id]: ofProject } };
    const invitation = await session.client('invitations.create', { params: { teamId }, body });
    out.result(invitation, `Invited ${email} until ${invitation.expiresAt.slice(0, 10)}.`);
  },
});

const list = verb({
  summary: 'The open invitations',
  flags: teamFlag,
  examples: ['team invitations'],
  async run(context) {
    const { client, ...session } = await openSession(context);
    const { id: teamId } = await teamOf(context, { client, ...session }, context.flags);
    const all = await allPages((query) => client('invitations.list', { params: { teamId }, query }));
    const rows = all.map(({ id, email, role, projectRoles, expired, expiresAt }) => [
      id,
      email,
      rolesText(role, projectRoles),
      expired ? 'expired' : expiresAt.slice(0, 10),
    ]);
    context.out.result(all, columns(rows, ['INVITATION', 'E-MAIL', 'ROLE', 'UNTIL']));
  },
});

const uninvite = verb({
  summary: 'Revoke an invitation',
  args: { invitation: { summary: 'its id, inv_…' } },
  flags: teamFlag,
  examples: ['team uninvite inv_01J8Z3N5W4Q8R7T6Y5X4W3V2T1'],
  async run(context) {
    const session = await openSession(context);
    const { id: teamId } = await teamOf(context, session, context.flags);
    const params = { teamId, invitationId: context.args.invitation };
    const revoked = await session.client('invitations.revoke', { params });
    context.out.result(revoked, `${revoked.email} is not invited any more.`);
  },
});

const accept = verb({
  summary: 'Accept an invitation to your e-mail; default the only one',
  args: { invitation: { summary: 'its id, inv_…', optional: true } },
  examples: ['team accept', 'team accept inv_01J8Z3N5W4Q8R7T6Y5X4W3V2T1'],
  async run(context) {
    const { args, out, prompts } = context;
    const { client } = await openSession(context);
    const { invitations } = await client('session.get', {});
    const named = invitations.filter(({ id }) => args.invitation === undefined || id === args.invitation);
    const label = ({ id, teamName }: { id: string; teamName: string }) => `${teamName} (${id})`;
    const { id, teamId, teamName } = await prompts.choice('Which invitation', 'its id', named, label);
    const member = await client('invitations.accept', { params: { teamId, invitationId: id } });
    out.result(member, `You are a member of ${teamName}.`);
  },
});

export const invitations = { invite, invitations: list, uninvite, accept };
