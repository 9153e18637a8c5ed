import type { LambdaContext } from '../event.ts';

/** A Lambda handler, or the rest of one. */
export type Handler<E, A> = (event: E, context: LambdaContext) => Promise<A>;

/**
 * A wrapper around the rest of a call. It is for what must hold while the rest runs (an AsyncLocalStorage) or what may run the rest
 * again. The hooks of middy cannot do either: each hook returns before the next part begins.
 */
export type Around<E, A> = (event: E, rest: () => Promise<A>) => Promise<A>;

/** `handler` inside `wrap`. */
export function around<E, A>(wrap: Around<E, A>, handler: Handler<E, A>): Handler<E, A> {
  return (event, context) => wrap(event, () => handler(event, context));
}
