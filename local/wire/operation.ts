import type { AnyOperation, Operation } from '../kernel/service.ts';

/** Declares one operation with its types; the registry holds it without them, because the wire checks the input. */
export function operation<Input, Output>(spec: Operation<Input, Output>): AnyOperation {
  return spec;
}
