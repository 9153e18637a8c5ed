import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from './declare.ts';
import { deploymentOf } from './overview.ts';
import { openSession } from './session.ts';
import { pathOf, targetFlags, targetOf } from './target.ts';

interface Control {
  readonly operation: 'deployments.pause' | 'deployments.resume' | 'deployments.advance';
  /** The first word of the result: `Paused`. */
  readonly done: string;
  readonly details: string;
  readonly example: string;
}

/** A verb that steers a deployment in flight through its shares of the traffic. */
export function controlVerb({ operation, done, details, example }: Control) {
  return verb({
    details,
    args: {
      deployment: { summary: 'the deployment, or the end of its id; default the one in flight', optional: true },
    },
    flags: targetFlags,
    examples: [example, `${example} W3V2T1`],
    async run(context) {
      const { args, flags, out } = context;
      const session = await openSession(context);
      const path = pathOf(await targetOf(context, session, flags));
      const found = await deploymentOf(session.client, path, args.deployment);
      const changed = await session.client(operation, { params: { ...path, deploymentId: found.id } });
      out.result(changed, `${done} ${shortId(changed.id)} at ${changed.weight} % of the traffic.`);
    },
  });
}
