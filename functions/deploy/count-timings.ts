import { countTimings } from '@gantry/core/timings/operations.ts';
import { react } from '@gantry/runtime/react.ts';

/** `deployment.finished` → how it ended, and how long it took, is counted. */
export const handler = react(countTimings);
