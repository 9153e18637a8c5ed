import { runExec } from '@gantry/core/exec/run.ts';
import { react } from '@gantry/runtime/react.ts';

/** A requested command → its session, held from here until its end. */
export const handler = react(runExec);
