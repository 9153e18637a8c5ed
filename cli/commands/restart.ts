import { GantryError } from '@gantry/contract/errors.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deployment-view.ts';
import { overviewOf } from '../overview.ts';
import { redeploy } from '../redeploy.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Deploys the live image again, without a build, with the present settings and variables. The live release serves until the new one is ready.',
  flags: { ...targetFlags, ...followFlags },
  examples: ['restart', 'restart --environment staging --detach'],
  async run(context) {
    const following = followingOf(context.flags);
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, context.flags));
    const { inFlight } = await overviewOf(session.client, path);
    if (inFlight !== undefined)
      throw new GantryError(
        'Conflict',
        `Deployment ${shortId(inFlight.id)} is in flight, and a restart would replace it. Wait for it, or stop it with \`gantry cancel\`.`,
      );
    await follow(context, session, path, await redeploy(context, session, path), following);
  },
});
