import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deployment-view.ts';
import { deploymentOf } from '../overview.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details: 'It continues at the failed step: a finished build is not repeated.',
  args: {
    deployment: { summary: 'the failed deployment, or the end of its id; default the newest one', optional: true },
  },
  flags: { ...targetFlags, ...followFlags },
  examples: ['retry', 'retry W3V2T1 --detach'],
  async run(context) {
    const { args, flags, interrupts } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, flags));
    const { id } = await deploymentOf(session.client, path, args.deployment);
    const queued = await interrupts.hold(
      () => session.client('deployments.redrive', { params: { ...path, deploymentId: id } }),
      () => `Deployment ${shortId(id)} continues.`,
    );
    await follow(context, session, path, queued, following);
  },
});
