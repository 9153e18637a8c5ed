import { yesFlag } from '../confirm.ts';
import { type Group, verb } from '../declare.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { teamFlag, teamOf } from '../target.ts';
import { invitations } from '../team/invitations.ts';
import { members } from '../team/members.ts';

const list = verb({
  summary: 'Your teams',
  examples: ['team list'],
  async run(context) {
    const { client } = await openSession(context);
    const { teams } = await client('session.get', {});
    const rows = teams.map(({ team, role }) => [team.slug, team.name, role ?? 'single projects', team.id]);
    context.out.result(teams, columns(rows, ['TEAM', 'NAME', 'YOUR ROLE', 'ID']));
  },
});

const create = verb({
  summary: 'Create a team that you own',
  args: { team: { summary: 'its name in addresses; it never changes' } },
  flags: { name: { summary: 'its display name', value: 'name' } },
  examples: ['team create acme --name "Acme Ltd"'],
  async run({ args, flags, out, ...context }) {
    const { client } = await openSession({ out, ...context });
    const body = { slug: args.team, ...(flags.name !== undefined && { name: flags.name }) };
    const team = await client('teams.create', { body });
    out.result(team, `Created team ${team.slug}.`);
  },
});

const rename = verb({
  summary: "Change a team's display name; its name in addresses stays",
  args: { name: { summary: 'the new name' } },
  flags: teamFlag,
  examples: ['team rename "Acme Ltd"'],
  async run(context) {
    const session = await openSession(context);
    const { id: teamId } = await teamOf(context, session, context.flags);
    const team = await session.client('teams.update', { params: { teamId }, body: { name: context.args.name } });
    context.out.result(team, `Team ${team.slug} is called ${team.name}.`);
  },
});

const leave = verb({
  summary: 'Leave a team; your API tokens for it end',
  flags: { ...teamFlag, ...yesFlag },
  examples: ['team leave --team acme', 'team leave --team acme --yes acme'],
  async run(context) {
    const { flags, out, prompts } = context;
    const session = await openSession(context);
    const { id: teamId, slug } = await teamOf(context, session, flags);
    await prompts.confirm(`This ends your membership of ${slug}, and your API tokens for it.`, slug, flags.yes);
    const left = await session.client('teams.leave', { params: { teamId } });
    out.result(left, `You have left ${slug}.`);
  },
});

export const command: Group = { verbs: { list, create, rename, ...members, ...invitations, leave } };
