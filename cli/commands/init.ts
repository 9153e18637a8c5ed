import { basename } from 'node:path';
import { BuildError } from '@gantry/builder/build-error.ts';
import { readAppConfig } from '@gantry/builder/config.ts';
import { diskTree } from '@gantry/builder/source-tree.ts';
import { serviceKinds } from '@gantry/contract/enums.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import { NewService } from '@gantry/contract/schemas/services.ts';
import { verb } from '../declare.ts';
import { findLink, writeLink } from '../link.ts';
import { openSession } from '../session.ts';
import { environmentsOf, projectsOf, servicesOf, teamFlag, teamOf } from '../target.ts';
import { describe, linkTo } from './link.ts';

export const command = verb({
  details:
    'Creates the project and the service if they do not exist, and links the folder to them. To add a service to a project:\n' +
    '`gantry init --project shop --service worker`. Without --project, the project is new and named after the folder.',
  flags: {
    ...teamFlag,
    project: { summary: 'the project; created if none has the name', value: 'name', short: 'p' },
    service: { summary: 'the service; default web', value: 'name', short: 's', field: 'body.slug' },
    kind: {
      summary: 'the kind of service; default cron if gantry.json has "cron", else web',
      value: 'kind',
      choices: serviceKinds,
    },
    schedule: {
      summary: 'when a cron service runs, such as "0 9 * * MON-FRI" or @daily',
      value: 'cron',
      field: 'body.schedule',
    },
    timezone: { summary: 'the time zone of the schedule; default UTC', value: 'zone', field: 'body.timezone' },
    health: { summary: 'the path that answers 200 once the app is ready', value: 'path', field: 'body.health.path' },
  },
  examples: ['init', 'init --project shop --service web --health /healthz', 'init --kind cron --schedule "0 3 * * *"'],
  async run(context) {
    const { folder, flags, out, prompts } = context;
    const body = serviceOf(flags, await hasSchedule(folder));
    const session = await openSession(context);
    const { client } = session;
    const found = await findLink(folder);
    if (found !== undefined && flags.project === undefined)
      throw new GantryError(
        'Conflict',
        `The folder is linked already, by ${found.path}. To link it to another, give --project.`,
      );
    const team = await teamOf(context, { ...session, link: undefined }, flags);
    const preset = slugFrom(basename(folder));
    const asked = flags.project === undefined && prompts.possible;
    const slug = flags.project ?? (asked ? await prompts.text('Name of the project', '--project', preset) : preset);
    const there = (await projectsOf(client, team.id)).find((project) => project.slug === slug);
    if (there !== undefined && flags.project === undefined)
      throw new GantryError(
        'Conflict',
        `There is a project ${slug} already. Add to it with \`gantry init --project ${slug}\`, or name another.`,
      );
    const project = there ?? (await client('projects.create', { params: { teamId: team.id }, body: { slug } }));
    const params = { teamId: team.id, projectId: project.id };
    const known = there === undefined ? [] : await servicesOf(client, { team, project });
    const create = () =>
      client('services.create', { params, body }).catch(async (error: unknown) => {
        if (there !== undefined || !(error instanceof GantryError)) throw error;
        // Deletes the project that was created for the service; a user who may create one may not always delete it.
        const isGone = await client('projects.delete', { params, query: { confirm: slug } }).catch(() => undefined);
        const left = isGone === undefined ? ` Project ${slug} was created, and is empty.` : '';
        throw new GantryError(error.kind, `${error.message}${left}`, left === '' ? error.fields : []);
      });
    const service = known.find((one) => one.slug === body.slug) ?? (await create());
    const environments = await environmentsOf(client, { team, project });
    const environment = environments.find((one) => one.slug === 'production') ?? environments[0];
    if (environment === undefined) throw new GantryError('NotFound', `Project ${slug} has no environment.`);
    const target = { team, project, service, environment };
    const link = linkTo(session.api, target);
    const path = await writeLink(folder, link);
    out.result(link, `Linked ${path} to ${describe(target)}.\nDeploy this folder with \`gantry up\`.`);
  },
});

interface ServiceFlags {
  readonly service: string | undefined;
  readonly kind: NewService['kind'];
  readonly schedule: string | undefined;
  readonly timezone: string | undefined;
  readonly health: string | undefined;
}

/** Whether the config file of a folder says when its app runs. A file that is not valid says nothing: its build reports it. */
async function hasSchedule(folder: string): Promise<boolean> {
  try {
    return (await readAppConfig(diskTree(folder))).config.cron !== undefined;
  } catch (error) {
    if (error instanceof BuildError) return false;
    throw error;
  }
}

/** The service that the flags and the folder describe. Throws Invalid for an impossible one before anything is created. */
function serviceOf(flags: ServiceFlags, isScheduled: boolean): NewService {
  const { service = 'web', schedule, timezone, health } = flags;
  const kind = flags.kind ?? (isScheduled ? 'cron' : undefined);
  if (kind === 'cron' && schedule === undefined && !isScheduled)
    throw new GantryError(
      'Invalid',
      'A cron service needs a schedule: give --schedule "0 3 * * *", or add "cron" to gantry.json.',
    );
  if (kind !== 'cron' && schedule !== undefined)
    throw new GantryError('Invalid', '--schedule is for a cron service: add --kind cron.');
  const body = {
    slug: service,
    ...(kind !== undefined && { kind }),
    ...(schedule !== undefined && { schedule }),
    ...(timezone !== undefined && { timezone }),
    ...(health !== undefined && { health: { path: health } }),
  };
  const { error } = NewService.safeParse(body);
  const [issue] = error?.issues ?? [];
  if (issue === undefined) return body;
  throw fieldError(['body', ...issue.path].join('.'), issue.message);
}

/** A project's name from a folder's: lower case, hyphens, at most 30 characters, beginning with a letter. */
function slugFrom(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  return slug || 'app';
}
