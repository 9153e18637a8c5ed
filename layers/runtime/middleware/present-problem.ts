import type middy from '@middy/core';
import type { HttpAnswer, HttpEvent, LambdaContext } from '../event.ts';
import { problemAnswer } from '../problem.ts';

/** Answers an error as problem+json. */
export const presentProblem: middy.MiddlewareObj<HttpEvent, HttpAnswer, Error, LambdaContext> = {
  onError(request) {
    request.response = problemAnswer(request.error, request.event.requestContext.requestId);
  },
};
