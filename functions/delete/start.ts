import { startDeletion } from '@gantry/core/deletion/start.ts';
import { react } from '@gantry/runtime/react.ts';

/** A deletion that was asked for → an execution of machine `delete`. */
export const handler = react(startDeletion);
