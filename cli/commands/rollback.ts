import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deployment-view.ts';
import { deploymentOf } from '../overview.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Nothing is built, because releases are kept. `gantry deployments` lists the releases to return to. A second rollback undoes the first.',
  args: {
    deployment: {
      summary: 'the deployment to return to, or the end of its id; default the previous one',
      optional: true,
    },
  },
  flags: { ...targetFlags, ...followFlags },
  examples: ['rollback', 'rollback W3V2T1', 'rollback --environment staging'],
  async run(context) {
    const { args, flags, interrupts } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, flags));
    const named = args.deployment === undefined ? undefined : await deploymentOf(session.client, path, args.deployment);
    const body = named === undefined ? {} : { deploymentId: named.id };
    const queued = await interrupts.hold(
      () => session.client('deployments.rollback', { params: path, body }),
      ({ id }) => `Rollback ${shortId(id)} continues.`,
    );
    await follow(context, session, path, queued, following);
  },
});
