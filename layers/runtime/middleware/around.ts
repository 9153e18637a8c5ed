import type { LambdaContext } from '../event.ts';

/** A Lambda handler, or the rest of one. */
export type Handler<E, A> = (event: E, context: LambdaContext) => Promise<A>;

/**
 * A wrapper around the rest of a call. Use it to hold something while the rest runs (an AsyncLocalStorage), or to run the rest again. Hooks of middy
 * can do neither: each hook returns before the next part begins.
 */
export type Around<E, A> = (event: E, rest: () => Promise<A>) => Promise<A>;

/** `handler` inside `wrap`. */
export function around<E, A>(wrap: Around<E, A>, handler: Handler<E, A>): Handler<E, A> {
  return (event, context) => wrap(event, () => handler(event, context));
}
