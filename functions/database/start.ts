import { startDatabase } from '@gantry/core/databases/start.ts';
import { react } from '@gantry/runtime/react.ts';

/** A database that was asked for, or its deletion → an execution of machine `database`. */
export const handler = react(startDatabase);
