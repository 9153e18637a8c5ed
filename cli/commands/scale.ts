import { Scaling, type Service } from '@gantry/contract/schemas/services.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deploymentView.ts';
import { wholeNumber } from '../numbers.ts';
import { columns } from '../output.ts';
import { overviewOf } from '../overview.ts';
import { redeploy } from '../redeploy.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Holds in all environments, each from its next deployment on; in the one that is meant, what is live is deployed with it at once, without a build.\n' +
    'Without flags it prints what is set.',
  flags: {
    ...targetFlags,
    min: { summary: 'how many run at least, 1 to 20', value: 'number' },
    max: { summary: 'how many run at most under load', value: 'number' },
    size: { summary: 'processor and memory of each', value: 'size', choices: Scaling.shape.size.options },
    ...followFlags,
  },
  examples: ['scale', 'scale --min 2 --max 6', 'scale --size large --detach'],
  async run(context) {
    const { flags, out } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const { client } = session;
    const path = pathOf(await targetOf(context, session, flags));
    const params = { teamId: path.teamId, projectId: path.projectId, serviceId: path.serviceId };
    const change = {
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
        inFlight === undefined ? LATER : `Deployment ${inFlight.id} is on its way: once it ended, \`gantry restart\`.`,
      );
      return;
    }
    out.note(textOf(scaling));
    const queued = await redeploy(context, session, path);
    await follow(context, session, path, queued, following, (deployment) => ({ scaling, deployment }));
  },
});

const LATER = 'Nothing is live here yet: it holds from the first deployment on.';

function textOf({ minReplicas, maxReplicas, size }: Service['scaling']): string {
  return columns([
    ['At least', String(minReplicas)],
    ['At most', String(maxReplicas)],
    ['Size', size],
  ]);
}
