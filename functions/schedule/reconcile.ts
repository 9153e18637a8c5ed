import { reconcileAll } from '@gantry/core/deployments/reconcile.ts';
import { schedule } from '@gantry/runtime/schedule.ts';

export const handler = schedule(reconcileAll);
