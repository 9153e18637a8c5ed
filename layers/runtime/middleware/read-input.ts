import type middy from '@middy/core';
import type * as z from 'zod';
import type { LambdaContext } from '../event.ts';

/** Reads the input of a step by its schema. */
export function readInput(schema: z.ZodType): middy.MiddlewareObj<unknown, unknown, Error, LambdaContext> {
  return {
    before(request) {
      request.event = schema.parse(request.event);
    },
  };
}
