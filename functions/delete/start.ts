import { startDeletion } from '@gantry/core/deletion/start.ts';
import { react } from '@gantry/runtime/react.ts';

/** A requested deletion → an execution of machine `delete`. */
export const handler = react(startDeletion);
