import { text } from 'node:stream/consumers';
import { serviceKinds } from '@gantry/contract/enums.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { yesFlag } from '../confirm.ts';
import { type Flags, type FlagValues, type Group, type Surroundings, verb } from '../declare.ts';
import { columns } from '../output.ts';
import { changeOf, settings, settingsOf } from '../service-settings.ts';
import { sourceFlags, sourceOf } from '../service-source.ts';
import { openSession, type Session } from '../session.ts';
import { projectFlags, projectOf, serviceFlags, serviceOf, servicesOf } from '../target.ts';

const credential = {
  gitUser: { summary: 'the user name for the git server of --git', value: 'name', field: 'body.username' },
  gitToken: {
    summary: 'the token or password for it, from stdin; `default` removes both',
    value: 'from',
    choices: ['-', 'default'],
    field: 'body.token',
  },
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
    kind: { summary: 'the kind of service', value: 'kind', choices: serviceKinds },
    ...settings,
    ...sourceFlags,
    ...credential,
  },
  examples: [
    'service create worker --kind worker',
    'service create report --kind cron --schedule "0 9 * * MON-FRI" --timezone Europe/Berlin',
    'service create web --repository acme/shop',
  ],
  async run(context) {
    const { args, flags, out } = context;
    const known = await credentialOf(flags, context);
    const session = await openSession(context);
    const { team, project } = await projectOf(context, session, flags);
    const params = { teamId: team.id, projectId: project.id };
    const kind = flags.kind === undefined ? {} : { kind: flags.kind };
    const body = { slug: args.service, ...kind, ...changeOf(flags), ...sourceOf(flags) };
    const service = await session.client('services.create', { params, body });
    const made = { ...params, serviceId: service.id };
    await keepCredential(session, made, known)?.catch(async (error: unknown) => {
      if (!(error instanceof GantryError)) throw error;
      // The command creates everything or nothing; a user who may create a service may not always delete it.
      const isGone = await session.client('services.delete', { params: made }).catch(() => undefined);
      const left = isGone === undefined ? ` Service ${service.slug} was created, without its credential.` : '';
      throw new GantryError(error.kind, `${error.message}${left}`, left === '' ? error.fields : []);
    });
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
  summary: "Change a service's settings; the others stay",
  details:
    'The next deployment uses the new settings. The value `default` resets a setting, as in `--release-command default`.',
  flags: { ...serviceFlags, ...settings, ...sourceFlags, ...credential },
  examples: [
    'service update --health /healthz',
    'service update --weights 10,50,100 --bake 60',
    'service update --strategy canary --bake 300 --max-errors 0.5',
    'service update --release-command default',
    'service update --git https://git.example.com/acme/shop.git --git-token - < token.txt',
  ],
  async run(context) {
    const { flags, out } = context;
    const known = await credentialOf(flags, context);
    const session = await openSession(context);
    const { team, project, service } = await serviceOf(context, session, flags);
    const params = { teamId: team.id, projectId: project.id, serviceId: service.id };
    const body = { ...changeOf(flags), ...sourceOf(flags) };
    const updated = await session.client('services.update', { params, body });
    const kept = (await keepCredential(session, params, known)) ?? updated;
    out.result(kept, textOf(kept));
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

type Params = { readonly teamId: string; readonly projectId: string; readonly serviceId: string };

/** The credential of a git server from the flags, read before any change; undefined without such flags. */
async function credentialOf({ gitUser, gitToken }: FlagValues<typeof credential>, { prompts }: Surroundings) {
  if (gitToken === undefined && gitUser === undefined) return undefined;
  if (gitToken === 'default') return null;
  if (gitToken === undefined)
    throw new GantryError('Invalid', '--git-user goes with --git-token -: give the token on stdin.');
  const flag = '--git-token - with the token on stdin';
  const token = prompts.possible ? await prompts.secret('Token of the git server', flag) : await text(process.stdin);
  return { username: gitUser ?? 'git', token: token.trim() };
}

function keepCredential({ client }: Session, params: Params, body: Awaited<ReturnType<typeof credentialOf>>) {
  if (body === null) return client('services.removeCredential', { params });
  return body && client('services.setCredential', { params, body });
}

function textOf(service: Service): string {
  const { slug, name, kind, credential: known } = service;
  return columns([
    ['Service', `${slug} (${name})`],
    ['Kind', kind],
    ...settingsOf(service).map(({ setting, value }) => [setting, value]),
    ...(known === null ? [] : [['Git credential', `${known.username} at ${known.origin}`]]),
  ]);
}

export const command: Group = { verbs: { list, create, show, update, delete: remove } };
