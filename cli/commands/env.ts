import { yesFlag } from '../confirm.ts';
import { type Group, verb } from '../declare.ts';
import { columns } from '../output.ts';
import { named } from '../pages.ts';
import { openSession, type Session } from '../session.ts';
import { environmentsOf, projectFlags, projectOf, type Target } from '../target.ts';

const environment = { environment: { summary: 'which environment' } } as const;

const list = verb({
  summary: "The project's environments",
  flags: projectFlags,
  examples: ['env list', 'env list --project shop --json'],
  async run(context) {
    const session = await openSession(context);
    const environments = await environmentsOf(session.client, await projectOf(context, session, context.flags));
    const rows = environments.map(({ slug, name, status, id }) => [slug, name, status, id]);
    context.out.result(environments, columns(rows, ['ENVIRONMENT', 'NAME', 'STATUS', 'ID']));
  },
});

const create = verb({
  summary: 'Create an environment',
  args: { environment: { summary: 'its name in addresses; it never changes' } },
  flags: { ...projectFlags, name: { summary: 'its display name', value: 'name' } },
  examples: ['env create staging'],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const { team, project } = await projectOf(context, session, flags);
    const body = { slug: args.environment, ...(flags.name !== undefined && { name: flags.name }) };
    const params = { teamId: team.id, projectId: project.id };
    const created = await session.client('environments.create', { params, body });
    out.result(
      created,
      `Created environment ${created.slug}. Deploy to it with \`gantry up --environment ${created.slug}\`.`,
    );
  },
});

const rename = verb({
  summary: "Change an environment's display name; its name in addresses stays",
  args: { ...environment, name: { summary: 'the new name' } },
  flags: projectFlags,
  examples: ['env rename staging "Before production"'],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const { params } = await find(session, await projectOf(context, session, flags), args.environment);
    const renamed = await session.client('environments.update', { params, body: { name: args.name } });
    out.result(renamed, `Environment ${renamed.slug} is called ${renamed.name}.`);
  },
});

const remove = verb({
  summary: 'Delete an environment with everything in it',
  details: "For production, --yes takes the project's name.",
  args: environment,
  flags: { ...projectFlags, ...yesFlag },
  examples: ['env delete staging', 'env delete staging --yes staging'],
  async run(context) {
    const { args, flags, out, prompts } = context;
    const session = await openSession(context);
    const above = await projectOf(context, session, flags);
    const { found, params } = await find(session, above, args.environment);
    const production = found.slug === 'production';
    const name = production ? above.project.slug : found.slug;
    await prompts.confirm(
      `This deletes ${found.slug} of ${above.project.slug}, with everything in it.`,
      name,
      flags.yes,
    );
    const query = production ? { confirm: name } : {};
    const deleted = await session.client('environments.delete', { params, query });
    out.result(deleted, `Environment ${deleted.slug} is being deleted.`);
  },
});

async function find({ client }: Session, above: Pick<Target, 'team' | 'project'>, name: string) {
  const found = named(await environmentsOf(client, above), name, 'environment', `project ${above.project.slug}`);
  return { found, params: { teamId: above.team.id, projectId: above.project.id, environmentId: found.id } };
}

export const command: Group = { verbs: { list, create, rename, delete: remove } };
