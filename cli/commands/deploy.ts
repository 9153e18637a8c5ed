import { GantryError } from '@gantry/contract/errors.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf, interruptedText } from '../deployment-view.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    "Builds the newest commit of the service's branch, or fetches its image, and follows the deployment. To deploy a folder, run `gantry up`.",
  flags: {
    ...targetFlags,
    commit: { summary: 'the commit, in full; default the newest', value: 'id' },
    ...followFlags,
  },
  examples: ['deploy', 'deploy --commit 5b1b3f6f2c1f6f0c1d2e3a4b5c6d7e8f90a1b2c3', 'deploy --detach'],
  async run(context) {
    const { flags, interrupts } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const { client } = session;
    const target = await targetOf(context, session, flags);
    const path = pathOf(target);
    const { teamId, projectId, serviceId } = path;
    const { source } = await client('services.get', { params: { teamId, projectId, serviceId } });
    if (source.kind === 'upload')
      throw new GantryError('Conflict', `${target.service.slug} is deployed from a folder: run \`gantry up\` in it.`);
    const body = flags.commit === undefined ? {} : { commit: flags.commit };
    const queued = await interrupts.hold(() => client('deployments.create', { params: path, body }), interruptedText);
    await follow(context, session, path, queued, following);
  },
});
