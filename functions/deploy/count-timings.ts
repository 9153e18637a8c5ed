import { countTimings } from '@gantry/core/timings/operations.ts';
import { react } from '@gantry/runtime/react.ts';

/** `deployment.finished` → its result and its duration are counted. */
export const handler = react(countTimings);
