import { scopes } from '@gantry/contract/roles.ts';
import { type Group, verb } from '../declare.ts';
import { wholeNumber } from '../numbers.ts';
import { columns } from '../output.ts';
import { allPages } from '../pages.ts';
import { openSession } from '../session.ts';
import { projectOf, teamFlag, teamOf } from '../target.ts';

const create = verb({
  summary: 'Create an API token; it is shown only once',
  details: 'Only the token goes to stdout. It never allows more than your own role, and ends with your membership.',
  args: { name: { summary: 'its purpose' } },
  flags: {
    ...teamFlag,
    scope: { summary: 'what it allows; default deploy', value: 'scope', choices: scopes },
    project: { summary: 'limit it to this project', value: 'project', short: 'p' },
    days: { summary: 'days until it expires, up to 365; default 90', value: 'number' },
  },
  examples: [
    'token create ci --project shop',
    'token create backup --scope read --days 365',
    'token create ci > token.txt',
  ],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const { team, project } =
      flags.project === undefined
        ? { team: await teamOf(context, session, flags), project: undefined }
        : await projectOf(context, session, flags);
    const body = {
      name: args.name,
      scope: flags.scope ?? 'deploy',
      ...(project !== undefined && { projectId: project.id }),
      ...(flags.days !== undefined && { expiresInDays: wholeNumber('--days', flags.days) }),
    };
    const created = await session.client('tokens.create', { params: { teamId: team.id }, body });
    const { scope, expiresAt } = created.token;
    out.note(`Token ${created.token.id}, scope ${scope}, until ${expiresAt.slice(0, 10)}. It is shown only once:`);
    out.result(created, created.secret);
  },
});

const list = verb({
  summary: "Your API tokens; the whole team's for an admin",
  flags: teamFlag,
  examples: ['token list', 'token list --json'],
  async run(context) {
    const { client, ...session } = await openSession(context);
    const { id: teamId } = await teamOf(context, { client, ...session }, context.flags);
    const tokens = await allPages((query) => client('tokens.list', { params: { teamId }, query }));
    const rows = tokens.map(({ id, name, scope, lastFour, expiresAt }) => [
      id,
      name,
      scope,
      `…${lastFour}`,
      expiresAt.slice(0, 10),
    ]);
    context.out.result(tokens, columns(rows, ['TOKEN', 'NAME', 'SCOPE', 'ENDS WITH', 'UNTIL']));
  },
});

const revoke = verb({
  summary: 'Revoke an API token',
  args: { token: { summary: 'its id, tok_…' } },
  flags: teamFlag,
  examples: ['token revoke tok_01J8Z3N5W4Q8R7T6Y5X4W3V2T1'],
  async run(context) {
    const session = await openSession(context);
    const { id: teamId } = await teamOf(context, session, context.flags);
    const revoked = await session.client('tokens.revoke', { params: { teamId, tokenId: context.args.token } });
    context.out.result(revoked, `Revoked ${revoked.name}.`);
  },
});

export const command: Group = { verbs: { create, list, revoke } };
