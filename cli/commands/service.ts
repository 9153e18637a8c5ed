import { type Service, type ServiceChange, serviceKinds } from '@gantry/contract/schemas/services.ts';
import { yesFlag } from '../confirm.ts';
import { type Flags, type FlagValues, type Group, verb } from '../declare.ts';
import { wholeNumber } from '../numbers.ts';
import { columns } from '../output.ts';
import { sourceFlags, sourceOf, sourceText } from '../serviceSource.ts';
import { openSession } from '../session.ts';
import { projectFlags, projectOf, serviceFlags, serviceOf, servicesOf } from '../target.ts';

const settings = {
  name: { summary: 'its name for people', value: 'name' },
  schedule: { summary: 'when a cron service runs, such as "0 9 * * MON-FRI" or @daily', value: 'cron' },
  timezone: { summary: 'the time zone of the schedule (default UTC)', value: 'zone' },
  root: { summary: 'the folder of the source that is built', value: 'folder' },
  start: { summary: "the command that starts it, instead of the image's own", value: 'command' },
  port: { summary: 'what the app is told as $PORT', value: 'number' },
  releaseCommand: { summary: 'what runs once before a release starts, for migrations', value: 'command' },
  weights: {
    summary: 'the shares of the traffic that a release gets one after the other, such as 10,50,100',
    value: 'list',
  },
  bake: { summary: 'how long each share but the last is watched', value: 'seconds' },
  health: { summary: 'the path that answers 200 once the app is ready; none for an open port', value: 'path' },
} as const satisfies Flags;

const list = verb({
  summary: "The project's services",
  flags: projectFlags,
  examples: ['service list', 'service list --json'],
  async run(context) {
    const session = await openSession(context);
    const services = await servicesOf(session.client, await projectOf(context, session, context.flags));
    const rows = services.map(({ slug, name, kind, status, id }) => [slug, name, kind, status, id]);
    context.out.result(services, columns(rows, ['SERVICE', 'NAME', 'KIND', 'STATUS', 'ID']));
  },
});

const create = verb({
  summary: 'Create a service',
  args: { service: { summary: 'its name in addresses; it never changes' } },
  flags: {
    ...projectFlags,
    kind: { summary: 'what it is', value: 'kind', choices: serviceKinds },
    ...settings,
    ...sourceFlags,
  },
  examples: [
    'service create worker --kind worker',
    'service create report --kind cron --schedule "0 9 * * MON-FRI" --timezone Europe/Berlin',
    'service create web --repository acme/shop',
  ],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const { team, project } = await projectOf(context, session, flags);
    const params = { teamId: team.id, projectId: project.id };
    const kind = flags.kind === undefined ? {} : { kind: flags.kind };
    const body = { slug: args.service, ...kind, ...changeOf(flags), ...sourceOf(flags) };
    const service = await session.client('services.create', { params, body });
    out.result(
      service,
      `Created service ${service.slug}. Link a folder to it with \`gantry link --service ${service.slug}\`.`,
    );
  },
});

const show = verb({
  summary: "A service's settings",
  flags: serviceFlags,
  examples: ['service show', 'service show --service worker --json'],
  async run(context) {
    const session = await openSession(context);
    const { team, project, service } = await serviceOf(context, session, context.flags);
    const params = { teamId: team.id, projectId: project.id, serviceId: service.id };
    const found = await session.client('services.get', { params });
    context.out.result(found, textOf(found));
  },
});

const update = verb({
  summary: "Change a service's settings; what is not named stays",
  details: 'Settings hold for what is deployed from then on.',
  flags: { ...serviceFlags, ...settings, ...sourceFlags },
  examples: [
    'service update --health /healthz',
    'service update --weights 10,50,100 --bake 60',
    'service update --health none',
  ],
  async run(context) {
    const { flags, out } = context;
    const session = await openSession(context);
    const { team, project, service } = await serviceOf(context, session, flags);
    const params = { teamId: team.id, projectId: project.id, serviceId: service.id };
    const updated = await session.client('services.update', {
      params,
      body: { ...changeOf(flags), ...sourceOf(flags) },
    });
    out.result(updated, textOf(updated));
  },
});

const remove = verb({
  summary: 'Delete a service in all environments',
  flags: { ...serviceFlags, ...yesFlag },
  examples: ['service delete --service worker', 'service delete --service worker --yes worker'],
  async run(context) {
    const { flags, out, prompts } = context;
    const session = await openSession(context);
    const { team, project, service } = await serviceOf(context, session, flags);
    const warning = `This deletes service ${service.slug} of ${project.slug} in all environments. Nothing brings it back.`;
    await prompts.confirm(warning, service.slug, flags.yes);
    const params = { teamId: team.id, projectId: project.id, serviceId: service.id };
    const deleted = await session.client('services.delete', { params });
    out.result(deleted, `Service ${deleted.slug} is being deleted.`);
  },
});

function changeOf(flags: FlagValues<typeof settings>): ServiceChange {
  const { name, schedule, timezone, root, start, port, releaseCommand, weights, bake, health } = flags;
  const release = {
    ...(releaseCommand !== undefined && { command: orNone(releaseCommand) }),
    ...(weights !== undefined && { weights: weights.split(',').map((part) => wholeNumber('--weights', part.trim())) }),
    ...(bake !== undefined && { bakeSeconds: wholeNumber('--bake', bake) }),
  };
  const runtime = {
    ...(start !== undefined && { startCommand: orNone(start) }),
    ...(port !== undefined && { port: port === NONE ? null : wholeNumber('--port', port) }),
  };
  return {
    ...(name !== undefined && { name }),
    ...(schedule !== undefined && { schedule }),
    ...(timezone !== undefined && { timezone }),
    ...(root !== undefined && { rootFolder: root }),
    ...(Object.keys(runtime).length > 0 && { runtime }),
    ...(Object.keys(release).length > 0 && { release }),
    ...(health !== undefined && { health: { path: orNone(health) } }),
  };
}

const NONE = 'none';

function orNone(text: string): string | null {
  return text === NONE ? null : text;
}

function textOf({
  slug,
  name,
  kind,
  schedule,
  timezone,
  source,
  rootFolder,
  runtime,
  release,
  health,
  scaling,
}: Service): string {
  return columns([
    ['Service', `${slug} (${name})`],
    ['Kind', schedule === null ? kind : `${kind}, ${schedule}, in ${timezone}`],
    ['Source', `${sourceText(source)}${rootFolder === '' ? '' : `, folder ${rootFolder}`}`],
    ['Start', runtime.startCommand ?? "the image's own command"],
    ['Port', String(runtime.port ?? 8080)],
    ['Release command', release.command ?? NONE],
    ['Weights', `${release.weights.join(', ')}, each for ${release.bakeSeconds} s`],
    ['Health', health.path ?? 'an open port'],
    ['Scale', `${scaling.minReplicas} to ${scaling.maxReplicas}, ${scaling.size}`],
  ]);
}

export const command: Group = { verbs: { list, create, show, update, delete: remove } };
