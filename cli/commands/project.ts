import { yesFlag } from '../confirm.ts';
import { type Group, verb } from '../declare.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { projectFlags, projectOf, projectsOf, teamFlag, teamOf } from '../target.ts';

const list = verb({
  summary: "The team's projects",
  flags: teamFlag,
  examples: ['project list', 'project list --json'],
  async run(context) {
    const session = await openSession(context);
    const projects = await projectsOf(session.client, (await teamOf(context, session, context.flags)).id);
    const rows = projects.map(({ slug, name, status, id }) => [slug, name, status, id]);
    context.out.result(projects, columns(rows, ['PROJECT', 'NAME', 'STATUS', 'ID']));
  },
});

const create = verb({
  summary: 'Create a project with its first environment, production',
  args: { project: { summary: 'its name in addresses; it never changes' } },
  flags: { ...teamFlag, name: { summary: 'its display name', value: 'name' } },
  examples: ['project create shop', 'project create shop --name "Web shop"'],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const { id: teamId } = await teamOf(context, session, flags);
    const body = { slug: args.project, ...(flags.name !== undefined && { name: flags.name }) };
    const project = await session.client('projects.create', { params: { teamId }, body });
    out.result(project, `Created project ${project.slug}.`);
  },
});

const rename = verb({
  summary: "Change a project's display name; its name in addresses stays",
  args: { name: { summary: 'the new name' } },
  flags: projectFlags,
  examples: ['project rename "Web shop"', 'project rename "Web shop" --project shop'],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const { team, project } = await projectOf(context, session, flags);
    const params = { teamId: team.id, projectId: project.id };
    const renamed = await session.client('projects.update', { params, body: { name: args.name } });
    out.result(renamed, `Project ${renamed.slug} is called ${renamed.name}.`);
  },
});

const remove = verb({
  summary: 'Delete a project with its services, environments and everything in them',
  flags: { ...projectFlags, ...yesFlag },
  examples: ['project delete --project shop', 'project delete --project shop --yes shop'],
  async run(context) {
    const { flags, out, prompts } = context;
    const session = await openSession(context);
    const { team, project } = await projectOf(context, session, flags);
    const warning = `This deletes project ${project.slug}, with all its services in all environments. Nothing brings it back.`;
    await prompts.confirm(warning, project.slug, flags.yes);
    const params = { teamId: team.id, projectId: project.id };
    const deleted = await session.client('projects.delete', { params, query: { confirm: project.slug } });
    out.result(deleted, `Project ${deleted.slug} is being deleted.`);
  },
});

export const command: Group = { verbs: { list, create, rename, delete: remove } };
