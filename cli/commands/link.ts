import { GantryError } from '@gantry/contract/errors.ts';
import { verb } from '../declare.ts';
import { findLink, type Link, removeLink, writeLink } from '../link.ts';
import { openSession } from '../session.ts';
import { type Target, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Writes gantry.link.json into this folder: ids and names, nothing secret. Commit the file to link each clone and CI too, or put it\n' +
    'into .gitignore. Folders below use it too. Without flags it asks.',
  flags: { ...targetFlags, remove: { summary: 'remove the link of this folder' } },
  examples: ['link', 'link --project shop --service web', 'link --environment staging', 'link --remove'],
  async run(context) {
    const { folder, flags, out } = context;
    if (flags.remove) {
      const found = await findLink(folder);
      if (found === undefined) throw new GantryError('NotFound', `${folder} is not linked.`);
      await removeLink(found);
      out.result({ removed: found.path }, `Removed ${found.path}.`);
      return;
    }
    const session = await openSession(context);
    // Flags change parts of the present link; without flags, the command asks for everything again.
    const changes = Object.values(flags).some((value) => value !== undefined);
    const target = await targetOf(context, changes ? session : { ...session, link: undefined }, flags);
    const link = linkTo(session.api, target);
    const path = await writeLink(folder, link);
    out.result(link, `Linked ${path} to ${describe(target)}.`);
  },
});

export function linkTo(api: string, { team, project, service, environment }: Target): Link {
  const short = ({ id, slug }: Target['team']) => ({ id, slug });
  return {
    api,
    team: short(team),
    project: short(project),
    service: short(service),
    environment: short(environment),
  };
}

export function describe({ project, service, environment }: Target): string {
  return `${project.slug} / ${service.slug} / ${environment.slug}`;
}
