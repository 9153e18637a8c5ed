import { runChecks } from '@gantry/core/alerts/check.ts';
import { evaluateAlerts } from '@gantry/core/alerts/evaluate.ts';
import { watchLive } from '@gantry/core/deployments/watch.ts';
import { collect } from '@gantry/core/metrics/collect.ts';
import { schedule } from '@gantry/runtime/schedule.ts';

/**
 * Collects the minute and checks addresses. Then it judges live releases and alerts by both. It judges alerts also after a
 * failure for one service.
 */
export const handler = schedule(async (deadline) => {
  const measured = await Promise.allSettled([
    collect(deadline).then((counted) => watchLive(counted, deadline)),
    runChecks(deadline),
  ]);
  await evaluateAlerts(deadline);
  for (const each of measured) if (each.status === 'rejected') throw each.reason;
});
