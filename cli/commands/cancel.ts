import { GantryError } from '@gantry/contract/errors.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from '../declare.ts';
import { deploymentOf, isInFlight } from '../overview.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details: 'The previous release stays live.',
  args: { deployment: { summary: 'the deployment, or the end of its id; default the one in flight', optional: true } },
  flags: targetFlags,
  examples: ['cancel', 'cancel W3V2T1'],
  async run(context) {
    const { args, flags, out } = context;
    const { client, ...session } = await openSession(context);
    const path = pathOf(await targetOf(context, { client, ...session }, flags));
    const found = await deploymentOf(client, path, args.deployment);
    if (args.deployment === undefined && !isInFlight(found))
      throw new GantryError(
        'Conflict',
        `Nothing is in flight: the newest deployment, ${shortId(found.id)}, is ${found.status}.`,
      );
    const cancelled = await client('deployments.cancel', { params: { ...path, deploymentId: found.id } });
    out.result(cancelled, `Cancelled ${shortId(cancelled.id)}.`);
  },
});
