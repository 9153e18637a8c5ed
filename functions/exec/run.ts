import { runExec } from '@gantry/core/exec/run.ts';
import { react } from '@gantry/runtime/react.ts';

/** A command that somebody asked for → its session, held from here until it ends. */
export const handler = react(runExec);
