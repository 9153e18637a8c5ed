import { basename } from 'node:path';
import { GantryError } from '@gantry/contract/errors.ts';
import { serviceKinds } from '@gantry/contract/schemas/services.ts';
import { verb } from '../declare.ts';
import { findLink, writeLink } from '../link.ts';
import { openSession } from '../session.ts';
import { environmentsOf, projectsOf, servicesOf, teamFlag, teamOf } from '../target.ts';
import { describe, linkTo } from './link.ts';

export const command = verb({
  details:
    'Creates what of the two is not there, with the environment production, and links the folder to it: so another service of a project is\n' +
    '`gantry init --project shop --service worker`. Without --project, the project is new and named after the folder.',
  flags: {
    ...teamFlag,
    project: { summary: 'the project; new where there is none of that name', value: 'name', short: 'p' },
    service: { summary: 'the service, web where absent', value: 'name', short: 's' },
    kind: { summary: 'what the service is', value: 'kind', choices: serviceKinds },
    schedule: { summary: 'when a cron service runs, such as "0 9 * * MON-FRI" or @daily', value: 'cron' },
    timezone: { summary: 'the time zone of the schedule (default UTC)', value: 'zone' },
    health: { summary: 'the path that answers 200 once the app is ready', value: 'path' },
  },
  examples: ['init', 'init --project shop --service web --health /healthz', 'init --kind cron --schedule "0 3 * * *"'],
  async run(context) {
    const { folder, flags, out, prompts } = context;
    const session = await openSession(context);
    const { client } = session;
    const found = await findLink(folder);
    if (found !== undefined && flags.project === undefined)
      throw new GantryError(
        'Conflict',
        `The folder is linked already, by ${found.path}. Name a --project to link it anew.`,
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
    const name = flags.service ?? 'web';
    const { kind, schedule, timezone, health } = flags;
    const service =
      (await servicesOf(client, { team, project })).find((one) => one.slug === name) ??
      (await client('services.create', {
        params,
        body: {
          slug: name,
          ...(kind !== undefined && { kind }),
          ...(schedule !== undefined && { schedule }),
          ...(timezone !== undefined && { timezone }),
          ...(health !== undefined && { health: { path: health } }),
        },
      }));
    const environments = await environmentsOf(client, { team, project });
    const environment = environments.find((one) => one.slug === 'production') ?? environments[0];
    if (environment === undefined) throw new GantryError('NotFound', `Project ${slug} has no environment.`);
    const target = { team, project, service, environment };
    const link = linkTo(session.api, target);
    const path = await writeLink(folder, link);
    out.result(link, `Linked ${path} to ${describe(target)}.\nDeploy this folder with \`gantry up\`.`);
  },
});

/** A folder's name as a project's: lower case, hyphens, at most 30 characters, beginning with a letter. */
function slugFrom(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  return slug || 'app';
}
