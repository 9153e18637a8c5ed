import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deploymentView.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details: 'Nothing is built: the release is kept. `gantry deployments` lists what there is to return to.',
  args: { deployment: { summary: 'whose release to return to; the one before where absent', optional: true } },
  flags: { ...targetFlags, ...followFlags },
  examples: ['rollback', 'rollback dpl_01J8Z3N5W4Q8R7T6Y5X4W3V2T1', 'rollback --environment staging'],
  async run(context) {
    const { args, flags, interrupts } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, flags));
    const body = args.deployment === undefined ? {} : { deploymentId: args.deployment };
    const queued = await interrupts.hold(
      () => session.client('deployments.rollback', { params: path, body }),
      ({ id }) => `Rollback ${id} goes on.`,
    );
    await follow(context, session, path, queued, following);
  },
});
