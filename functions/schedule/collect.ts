import { runChecks } from '@gantry/core/alerts/check.ts';
import { evaluateAlerts } from '@gantry/core/alerts/evaluate.ts';
import { collect } from '@gantry/core/metrics/collect.ts';
import { schedule } from '@gantry/runtime/schedule.ts';

/** Collects the minute and checks addresses, then judges alerts by both. Alerts are judged also after a failure for one service. */
export const handler = schedule(async (deadline) => {
  const measured = await Promise.allSettled([collect(deadline), runChecks(deadline)]);
  await evaluateAlerts(deadline);
  for (const each of measured) if (each.status === 'rejected') throw each.reason;
});
