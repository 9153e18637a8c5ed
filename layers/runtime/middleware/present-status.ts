import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import type middy from '@middy/core';
import type { LambdaContext } from '../event.ts';

export interface SocketAnswer {
  readonly statusCode: number;
}

/** Answers an error with the status of its kind. A WebSocket API passes on nothing else, and only when a client connects. */
export const presentStatus: middy.MiddlewareObj<unknown, SocketAnswer, Error, LambdaContext> = {
  onError(request) {
    const { error } = request;
    request.response = { statusCode: error instanceof GantryError ? errorKinds[error.kind].status : 500 };
  },
};
