import type { Declared } from './declare.ts';

/**
 * What each verb takes, by its word. The published command has all of them here (`bundle.ts`), so that a help loads no verb and nothing that
 * a verb stands on; in a clone there are none, and the verb itself is asked.
 */
export const declarations: Readonly<Record<string, Declared>> = {};
