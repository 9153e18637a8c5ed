import { verb } from '../declare.ts';
import { follow, followFlags, followingOf, interruptedText } from '../deployment-view.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Starts the release that was live at the stop, without a build, with the settings and variables of that release. To use the present ones, run `gantry restart`.',
  flags: { ...targetFlags, ...followFlags },
  examples: ['start', 'start --environment staging --detach'],
  async run(context) {
    const { flags, interrupts } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, flags));
    const queued = await interrupts.hold(() => session.client('deployments.start', { params: path }), interruptedText);
    await follow(context, session, path, queued, following);
  },
});
