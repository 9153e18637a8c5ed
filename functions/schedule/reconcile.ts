import { waitingPods } from '@gantry/cluster/waiting.ts';
import { startDueDrills } from '@gantry/core/databases/drills.ts';
import { sweepTurns } from '@gantry/core/deployments/builds/turns.ts';
import { reconcileAll } from '@gantry/core/deployments/cleanup/reconcile.ts';
import { endLostSessions } from '@gantry/core/exec/ending.ts';
import { measureUpkeep } from '@gantry/runtime/measure-upkeep.ts';
import { schedule } from '@gantry/runtime/schedule.ts';

export const handler = schedule(async (deadline) => {
  try {
    await sweepTurns();
    await endLostSessions(deadline);
    await startDueDrills(deadline);
  } finally {
    try {
      await reconcileAll(deadline);
    } finally {
      await measureUpkeep(waitingPods);
    }
  }
});
