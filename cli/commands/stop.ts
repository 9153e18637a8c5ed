import { yesFlag } from '../confirm.ts';
import { verb } from '../declare.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    'Its address answers 503, and a cron service no longer runs; a running job continues to its end. `gantry start` starts the same release again. The stop also ends with ' +
    'any deployment that goes live, also one by a push, by changed variables or by a rollback.',
  flags: { ...targetFlags, ...yesFlag },
  examples: ['stop', 'stop --environment staging --yes web'],
  async run(context) {
    const { flags, out, prompts } = context;
    const session = await openSession(context);
    const target = await targetOf(context, session, flags);
    const { service, environment } = target;
    const warning = `This stops ${service.slug} in ${environment.slug} until it is started or deployed again.`;
    await prompts.confirm(warning, service.slug, flags.yes);
    const health = await session.client('deployments.stop', { params: pathOf(target) });
    out.result(health, `Stopped ${service.slug} in ${environment.slug}. Start it again with \`gantry start\`.`);
  },
});
