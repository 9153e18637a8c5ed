import type { Declared } from './declare.ts';

/**
 * The declarations of verbs, by the verb's name. `bundle.ts` fills this table for the published command, so that help texts load no verb. In a clone the
 * table is empty, and help loads the verb.
 */
export const declarations: Readonly<Record<string, Declared>> = {};
