import { setTimeout as sleep } from 'node:timers/promises';
import { channelKinds, noticeTypes } from '@gantry/contract/enums.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Notice, NoticeType } from '@gantry/contract/schemas/channels.ts';
import { type Group, type Surroundings, verb } from '../declare.ts';
import { columns } from '../output.ts';
import { allPages, called, named } from '../pages.ts';
import { openSession, type Session } from '../session.ts';
import { projectsOf, type TeamChoice, teamFlag, teamOf } from '../target.ts';

const channelArgument = { channel: { summary: 'its name or id' } } as const;
const detach = { detach: { summary: 'end before it is delivered', short: 'd' } } as const;
const routingFlags = {
  on: { summary: 'only these notifications, such as alert.fired; default all', value: 'type', many: true },
  project: { summary: 'only about this project; default the whole team', value: 'project', short: 'p', many: true },
} as const;

const list = verb({
  summary: "The team's channels",
  flags: teamFlag,
  examples: ['channels list'],
  async run(context) {
    const { channels } = await channelsOf(context, context.flags);
    const rows = channels.map(({ name, kind, hint, types, projectIds, id }) => [
      ...[name, kind, hint, types.length === 0 ? 'everything' : types.join(', ')],
      ...[projectIds.length === 0 ? 'all projects' : `${projectIds.length} of the projects`, id],
    ]);
    context.out.result(channels, columns(rows, ['CHANNEL', 'KIND', 'TO', 'CARRIES', 'ABOUT', 'ID']));
  },
});

const create = verb({
  summary: 'Create a channel; the secret of a webhook is shown only once',
  details: `The target is the address of a webhook, or the integration key of PagerDuty. Gantry keeps it sealed.\nNotifications: ${noticeTypes.join(', ')}.`,
  args: { name: { summary: 'its name' } },
  flags: {
    ...teamFlag,
    kind: { summary: 'the form of its messages; default webhook', value: 'kind', choices: channelKinds },
    target: { summary: 'the address or key of the receiver', value: 'target', field: 'body.target' },
    ...routingFlags,
  },
  examples: [
    'channels create ops --target https://hooks.example.com/gantry',
    'channels create chat --kind slack --target https://hooks.slack.com/services/… --on alert.fired --on alert.resolved',
  ],
  async run(context) {
    const { args, flags, out } = context;
    const { target, kind = 'webhook' } = flags;
    if (target === undefined) throw new GantryError('Invalid', 'Say where to send notifications: --target.');
    const { session, params } = await teamPathOf(context, flags);
    const body = { name: args.name, kind, target, ...(await routing(session, params, flags)) };
    const created = await session.client('channels.create', { params, body });
    const { channel, secret } = created;
    out.note(`Created ${channel.id}. Try it: gantry channels test "${channel.name}"`);
    if (secret !== null) out.note('The secret of its signatures is shown only once:');
    out.result(created, secret ?? '');
  },
});

const update = verb({
  summary: 'Change a channel',
  args: channelArgument,
  flags: {
    ...teamFlag,
    name: { summary: 'another name', value: 'name', field: 'body.name' },
    target: { summary: 'another address or key', value: 'target', field: 'body.target' },
    ...routingFlags,
  },
  examples: ['channels update ops --on alert.fired --on alert.resolved'],
  async run(context) {
    const { flags, out } = context;
    const { session, params } = await channelOf(context);
    const { name, target } = flags;
    const body = {
      ...(name !== undefined && { name }),
      ...(target !== undefined && { target }),
      ...(await routing(session, params, flags)),
    };
    const channel = await session.client('channels.update', { params, body });
    out.result(channel, `Changed ${channel.name}.`);
  },
});

const test = verb({
  summary: 'Send a test message to a channel, and say how it went',
  args: channelArgument,
  flags: { ...teamFlag, ...detach },
  examples: ['channels test ops'],
  async run(context) {
    const { session, params } = await channelOf(context);
    const notice = await session.client('channels.test', { params });
    await report(context, session, params, notice, context.flags.detach);
  },
});

const log = verb({
  summary: 'What a channel was sent, newest first',
  args: channelArgument,
  flags: teamFlag,
  examples: ['channels log ops'],
  async run(context) {
    const { session, params } = await channelOf(context);
    const { items } = await session.client('notices.list', { params, query: { limit: '100' } });
    const rows = items.map(({ createdAt, title, status, attempts, id }) => [
      ...[createdAt, status, String(attempts.length), title, attempts.at(-1)?.error ?? '', id],
    ]);
    context.out.result(items, columns(rows, ['AT', 'STATUS', 'TRIES', 'MESSAGE', 'ERROR', 'ID']));
  },
});

const replay = verb({
  summary: 'Send a message to a channel again',
  args: { ...channelArgument, notice: { summary: 'its id: gantry channels log' } },
  flags: { ...teamFlag, ...detach },
  examples: ['channels replay ops ntc_01J8Z3N5W4Q8R7T6Y5X4W3V2T1'],
  async run(context) {
    const { session, params } = await channelOf(context);
    const noticeId = context.args.notice;
    const notice = await session.client('notices.replay', { params: { ...params, noticeId } });
    await report(context, session, params, notice, context.flags.detach);
  },
});

const remove = verb({
  summary: 'Delete a channel',
  args: channelArgument,
  flags: teamFlag,
  examples: ['channels delete ops'],
  async run(context) {
    const { session, params } = await channelOf(context);
    const channel = await session.client('channels.delete', { params });
    context.out.result(channel, `Deleted ${channel.name}.`);
  },
});

export const command: Group = { verbs: { list, create, update, test, log, replay, delete: remove } };

async function teamPathOf(context: Surroundings, choice: TeamChoice) {
  const session: Session = await openSession(context);
  const { id: teamId, slug } = await teamOf(context, session, choice);
  return { session, params: { teamId }, slug };
}

async function channelsOf(context: Surroundings, choice: TeamChoice) {
  const at = await teamPathOf(context, choice);
  const { session, params } = at;
  return { ...at, channels: await allPages((query) => session.client('channels.list', { params, query })) };
}

/** The channel of a command, by its name or id. Throws NotFound with the names that there are. */
async function channelOf(
  context: Surroundings & { readonly args: { readonly channel: string }; readonly flags: TeamChoice },
) {
  const { channel: wanted } = context.args;
  const { session, params, channels, slug } = await channelsOf(context, context.flags);
  const channel = called(channels, wanted, 'channel', `team ${slug}`);
  return { session, params: { ...params, channelId: channel.id } };
}

interface Routing {
  readonly on: readonly string[] | undefined;
  readonly project: readonly string[] | undefined;
}

/** The lists of a channel. Throws Invalid for an unknown type, and NotFound for an unknown project. */
async function routing(session: Session, { teamId }: { readonly teamId: string }, { on, project }: Routing) {
  const unknown = on?.find((type) => !noticeTypes.some((known) => known === type));
  if (unknown !== undefined)
    throw new GantryError('Invalid', `--on is ${unknown}, and can be: ${noticeTypes.join(', ')}.`);
  const all = project === undefined ? [] : await projectsOf(session.client, teamId);
  const projectIds = project?.map((name) => named(all, name, 'project', 'this team').id);
  return {
    ...(on !== undefined && { types: on as NoticeType[] }),
    ...(projectIds !== undefined && { projectIds }),
  };
}

const POLL_MS = 500;
const PATIENCE_MS = 30_000;

/** Waits for the first attempt, and says how it went. Throws Unavailable where it failed. */
async function report(
  { out }: Surroundings,
  { client }: Session,
  params: { readonly teamId: string; readonly channelId: string },
  notice: Notice,
  isDetached: true | undefined,
): Promise<void> {
  const { id: noticeId, attempts: before } = notice;
  let now = notice;
  const end = Date.now() + PATIENCE_MS;
  while (!isDetached && now.status === 'pending' && now.attempts.length <= before.length && Date.now() < end) {
    await sleep(POLL_MS);
    now = await client('notices.get', { params: { ...params, noticeId } });
  }
  const last = now.attempts.at(-1);
  if (now.status === 'delivered') return out.result(now, `Delivered in ${last?.ms ?? 0} ms.`);
  if (isDetached || last === undefined) return out.result(now, `${noticeId} waits for its delivery.`);
  throw new GantryError(
    'Unavailable',
    `${last.error ?? 'It was not delivered.'} Gantry tries again; see \`gantry channels log\`.`,
  );
}
