import { shortId } from '@gantry/contract/short-id.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deployment-view.ts';
import { openSession } from '../session.ts';
import { environmentOf, pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Releases the image that is live in one environment in another one, without a build, with the variables of the other. Values that the build read stay in the image.\n' +
    'With --digest it is refused when another image is live by now.',
  args: { from: { summary: 'the environment whose live image to release' } },
  flags: {
    ...targetFlags,
    ...followFlags,
    digest: { summary: 'the digest that must be live there', value: 'sha256', field: 'body.imageDigest' },
  },
  examples: ['promote staging', 'promote staging --environment production --detach'],
  async run(context) {
    const { args, flags, interrupts, out } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const target = await targetOf(context, session, flags);
    const from = await environmentOf(session, target, args.from);
    if (from.id === target.environment.id)
      out.note(`${from.slug} is promoted to itself. --environment names another environment.`);
    const path = pathOf(target);
    const body = { environmentId: from.id, ...(flags.digest !== undefined && { imageDigest: flags.digest }) };
    const queued = await interrupts.hold(
      () => session.client('deployments.promote', { params: path, body }),
      ({ id }) => `Promotion ${shortId(id)} continues.`,
    );
    await follow(context, session, path, queued, following);
  },
});
