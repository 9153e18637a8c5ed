import { GantryError } from '@gantry/contract/errors.ts';
import type middy from '@middy/core';
import type { LambdaContext } from '../event.ts';

/** Turns an error of core into an ASL error: its name is the kind, its message is `{ detail, lines }` as JSON. */
export const stepError: middy.MiddlewareObj<unknown, unknown, Error, LambdaContext> = {
  onError(request) {
    request.error = new StepError(request.error);
  },
};

class StepError extends Error {
  constructor(cause: unknown) {
    const known = cause instanceof GantryError ? cause : undefined;
    const detail =
      known?.message ??
      'Something went wrong on our side. Try again; if it stays, ask an operator to look at the logs.';
    super(JSON.stringify({ detail, lines: known?.lines ?? [] }));
    this.name = known?.kind ?? 'Internal';
  }
}
