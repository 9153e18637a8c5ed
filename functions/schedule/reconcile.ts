import { sweepTurns } from '@gantry/core/deployments/builds/turns.ts';
import { reconcileAll } from '@gantry/core/deployments/cleanup/reconcile.ts';
import { schedule } from '@gantry/runtime/schedule.ts';

export const handler = schedule(async (deadline) => {
  try {
    await sweepTurns();
  } finally {
    await reconcileAll(deadline);
  }
});
