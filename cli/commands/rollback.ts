import { shortId } from '@gantry/contract/short-id.ts';
import { yesFlag } from '../confirm.ts';
import { instant } from '../databases.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf } from '../deployment-view.ts';
import { deploymentOf } from '../overview.ts';
import { restoreForRollback } from '../rollback-data.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Nothing is built, because releases are kept. `gantry deployments` lists the releases to return to. A second rollback undoes the first.\n' +
    'With --with-data its databases are restored as new ones, to just before the next release could write. The service gets these once you have confirmed it. The present databases stay until you delete them.',
  args: {
    deployment: {
      summary: 'the deployment to return to, or the end of its id; default the previous one',
      optional: true,
    },
  },
  flags: {
    ...targetFlags,
    ...followFlags,
    withData: { summary: 'also return to the earlier data' },
    at: { summary: 'with --with-data: another moment, such as 2026-11-30T08:00:00Z', value: 'time' },
    ...yesFlag,
  },
  examples: ['rollback', 'rollback W3V2T1', 'rollback --environment staging', 'rollback --with-data'],
  async run(context) {
    const { args, flags, interrupts } = context;
    const following = followingOf(flags);
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, flags));
    const named = args.deployment === undefined ? undefined : await deploymentOf(session.client, path, args.deployment);
    const { withData, at, yes } = flags;
    const wanted = { path, deploymentId: named?.id, at: at === undefined ? undefined : instant(at), yes };
    const data = withData && (await restoreForRollback(context, session, wanted));
    const body = { ...(named && { deploymentId: named.id }), ...(data && { data }) };
    const queued = await interrupts.hold(
      () => session.client('deployments.rollback', { params: path, body }),
      ({ id }) => `Rollback ${shortId(id)} continues.`,
    );
    await follow(context, session, path, queued, following);
  },
});
