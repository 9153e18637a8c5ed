import type { Declared } from './declare.ts';

/**
 * Each verb's declaration, by its word. The published command has all of them here (`bundle.ts`), so that a help loads no verb. In a clone there are
 * none, and the verb is loaded instead.
 */
export const declarations: Readonly<Record<string, Declared>> = {};
