import { GantryError } from '@gantry/contract/errors.ts';
import type { AccessibleInstallation } from '@gantry/contract/schemas/source.ts';
import { ago } from '../ago.ts';
import { yesFlag } from '../confirm.ts';
import { type Group, verb } from '../declare.ts';
import { type Proof, proveAccess, proveByAddress } from '../github-proof.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { someOf } from '../some.ts';
import { teamFlag, teamOf } from '../target.ts';
import { peopleOf } from '../team/people.ts';

const list = verb({
  summary: 'The accounts on GitHub that the team deploys from',
  flags: teamFlag,
  examples: ['github list', 'github list --json'],
  async run(context) {
    const session = await openSession(context);
    const { id: teamId } = await teamOf(context, session, context.flags);
    const [{ items }, who] = await Promise.all([
      session.client('installations.list', { params: { teamId } }),
      peopleOf(session.client, teamId),
    ]);
    const rows = items.map(({ account, suspended, joinedBy, createdAt }) => [
      account,
      suspended ? 'suspended on GitHub' : 'joined',
      who(joinedBy),
      ago(createdAt),
    ]);
    context.out.result(items, columns(rows, ['ACCOUNT', 'STATUS', 'WHO', 'WHEN']));
    if (items.length === 0) context.out.note('There is none yet. Join one with `gantry github join`.');
  },
});

const join = verb({
  summary: 'Join an account on GitHub, and deploy from its repositories',
  details:
    "GitHub's page in the browser tells Gantry which accounts you may use; the GitHub App of this Gantry must be installed there. Joining opens no\n" +
    'repository: set one with `gantry service update --repository`. If the browser is on another machine, open the address\n' +
    'that --print gives there, and stop the command. Then give the address at which the browser ended with --returned.',
  args: { account: { summary: 'the user or organisation; asked for if there are several', optional: true } },
  flags: {
    ...teamFlag,
    print: { summary: "print the address of GitHub's page, and open no browser" },
    returned: { summary: 'the address at which the browser ended, on another machine', value: 'address' },
  },
  examples: ['github join', 'github join acme', 'github join acme --print'],
  async run(context) {
    const { args, flags, out, prompts } = context;
    const session = await openSession(context);
    const { id: teamId, slug } = await teamOf(context, session, flags);
    const { authorizationId, installations, installUrl } =
      flags.returned === undefined
        ? await proveAccess(context, session, teamId, flags.print !== true)
        : await proveByAddress(session, teamId, flags.returned);
    const possible = wanted({ installations, installUrl }, args.account);
    const chosen = await prompts.choice('Which account', 'its name', possible, ({ account }) => account);
    const body = { authorizationId, installationId: chosen.installationId };
    const joined = await session.client('installations.join', { params: { teamId }, body });
    const next = `gantry service update --repository ${joined.account}/<name>`;
    out.result(joined, `Team ${slug} has joined ${joined.account}. Deploy from a repository with \`${next}\`.`);
  },
});

/** The installations that the command may mean. Throws NotFound, with the page for installing the App, when there are none. */
function wanted({ installations, installUrl }: Pick<Proof, 'installations' | 'installUrl'>, account?: string) {
  const matching = installations.filter((one) => account === undefined || isOf(one, account));
  if (matching.length > 0) return matching;
  const install =
    installUrl === undefined ? 'Install it with `gantry github join`' : `Install it at ${installUrl} and join again`;
  if (account === undefined)
    throw new GantryError('NotFound', `The GitHub App is installed on no account that you may use. ${install}.`);
  const there = installations.map((one) => one.account);
  const others = there.length === 0 ? '' : ` You may join: ${someOf(there)}.`;
  throw new GantryError('NotFound', `The GitHub App is not installed on ${account} for you. ${install}.${others}`);
}

const leave = verb({
  summary: 'Leave an account: its pushes deploy nothing of the team any more',
  args: { account: { summary: 'the user or organisation' } },
  flags: { ...teamFlag, ...yesFlag },
  examples: ['github leave acme', 'github leave acme --yes acme'],
  async run(context) {
    const { args, flags, out, prompts } = context;
    const session = await openSession(context);
    const { id: teamId, slug } = await teamOf(context, session, flags);
    const { items } = await session.client('installations.list', { params: { teamId } });
    const found = items.find((one) => isOf(one, args.account));
    if (found === undefined) {
      const there =
        items.length === 0 ? 'There is none yet.' : `There are: ${someOf(items.map((one) => one.account))}.`;
      throw new GantryError('NotFound', `Team ${slug} has not joined ${args.account}. ${there}`);
    }
    const { account, installationId } = found;
    const warning = `Pushes to the repositories of ${account} will no longer deploy anything of ${slug}. Live releases stay.`;
    await prompts.confirm(warning, account, flags.yes);
    const left = await session.client('installations.leave', { params: { teamId, installationId } });
    out.result(left, `Team ${slug} has left ${account}.`);
  },
});

/** GitHub's names ignore upper and lower case. */
function isOf({ account }: AccessibleInstallation, name: string): boolean {
  return account.toLowerCase() === name.toLowerCase();
}

export const command: Group = { verbs: { list, join, leave } };
