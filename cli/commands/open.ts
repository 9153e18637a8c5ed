import { GantryError } from '@gantry/contract/errors.ts';
import { openInBrowser } from '../browser.ts';
import { verb } from '../declare.ts';
import { overviewOf } from '../overview.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details: 'Prints the address as well; through a pipe it opens nothing.',
  flags: { ...targetFlags, print: { summary: 'print the address, and open no browser' } },
  examples: ['open', 'open --environment staging', 'open --print'],
  async run(context) {
    const { env, flags, out, prompts } = context;
    const session = await openSession(context);
    const target = await targetOf(context, session, flags);
    const path = pathOf(target);
    const { live } = await overviewOf(session.client, path);
    const { service, environment } = target;
    if (live === undefined)
      throw new GantryError(
        'NotFound',
        `Nothing of ${service.slug} is live in ${environment.slug}. Deploy with \`gantry up\`.`,
      );
    if (live.url === null) {
      const { teamId, projectId, serviceId } = path;
      const { kind } = await session.client('services.get', { params: { teamId, projectId, serviceId } });
      throw new GantryError('NotFound', `${service.slug} is a ${kind} service and has no web address.`);
    }
    out.result({ url: live.url }, live.url);
    const mayOpen = prompts.possible && !out.json && !flags.print;
    if (mayOpen && !(await openInBrowser(live.url, env))) out.note('There is no browser to open it with.');
  },
});
