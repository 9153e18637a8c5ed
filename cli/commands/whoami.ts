import { verb } from '../declare.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';

export const command = verb({
  examples: ['whoami', 'whoami --json'],
  async run(context) {
    const { api, client, kind } = await openSession(context);
    const { user, teams, invitations } = await client('session.get', {});
    const rows = teams.map(({ team, role }) => [`  ${team.slug}`, role ?? 'single projects']);
    const waiting = invitations.map(({ teamName, id }) => `Invited to ${teamName}: gantry team accept ${id}`);
    const text = [`${user.email} at ${api}${kind === 'token' ? ' (API token)' : ''}`, columns(rows), ...waiting];
    context.out.result({ api, as: kind, user, teams, invitations }, text.filter(Boolean).join('\n'));
  },
});
