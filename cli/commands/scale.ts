import { GantryError } from '@gantry/contract/errors.ts';
import { Scaling, type Service } from '@gantry/contract/schemas/services.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deployment-view.ts';
import { wholeNumber } from '../numbers.ts';
import { columns } from '../output.ts';
import { overviewOf } from '../overview.ts';
import { redeploy } from '../redeploy.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Applies to every environment at its next deployment; this one is redeployed now, without a build. `gantry scale 2` runs two instances, whatever the load.\n' +
    'Without a number or flags it prints the present scale.',
  args: { count: { summary: 'the number of instances, for both --min and --max', optional: true } },
  flags: {
    ...targetFlags,
    min: { summary: 'the fewest instances, 1 to 20', value: 'number', field: 'body.scaling.minReplicas' },
    max: { summary: 'the most instances under load', value: 'number', field: 'body.scaling.maxReplicas' },
    size: { summary: 'the processor and memory of each', value: 'size', choices: Scaling.shape.size.options },
    ...followFlags,
  },
  examples: ['scale', 'scale 2', 'scale --min 2 --max 6', 'scale --size large --detach'],
  async run(context) {
    const { args, flags, out } = context;
    if (args.count !== undefined && (flags.min !== undefined || flags.max !== undefined))
      throw new GantryError('Invalid', 'Give a number of instances, or --min and --max.');
    const following = followingOf(flags);
    const session = await openSession(context);
    const { client } = session;
    const path = pathOf(await targetOf(context, session, flags));
    const params = { teamId: path.teamId, projectId: path.projectId, serviceId: path.serviceId };
    const change = {
      ...(args.count !== undefined && bothOf(wholeNumber('The number of instances', args.count))),
      ...(flags.min !== undefined && { minReplicas: wholeNumber('--min', flags.min) }),
      ...(flags.max !== undefined && { maxReplicas: wholeNumber('--max', flags.max) }),
      ...(flags.size !== undefined && { size: flags.size }),
    };
    if (Object.keys(change).length === 0) {
      const { scaling } = await client('services.get', { params });
      out.result({ scaling, deployment: null }, textOf(scaling));
      return;
    }
    const { scaling } = await client('services.update', { params, body: { scaling: change } });
    const { live, inFlight } = await overviewOf(client, path);
    if (live === undefined || inFlight !== undefined) {
      out.result({ scaling, deployment: null }, textOf(scaling));
      out.note(
        inFlight === undefined
          ? LATER
          : `Deployment ${shortId(inFlight.id)} is in flight. After it, run \`gantry restart\`.`,
      );
      return;
    }
    out.note(textOf(scaling));
    const queued = await redeploy(context, session, path);
    await follow(context, session, path, queued, following, (deployment) => ({ scaling, deployment }));
  },
});

function bothOf(count: number) {
  return { minReplicas: count, maxReplicas: count };
}

const LATER = 'Nothing is live here yet: the first deployment uses it.';

function textOf({ minReplicas, maxReplicas, size }: Service['scaling']): string {
  return columns([
    ['At least', String(minReplicas)],
    ['At most', String(maxReplicas)],
    ['Size', size],
  ]);
}
