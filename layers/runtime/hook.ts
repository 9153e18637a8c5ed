import { GantryError } from '@gantry/contract/errors.ts';
import middy from '@middy/core';
import type { HttpAnswer, HttpEvent, LambdaContext } from './event.ts';
import { around } from './middleware/around.ts';
import { fromEdge } from './middleware/from-edge.ts';
import { presentProblem } from './middleware/present-problem.ts';
import { requestLog } from './middleware/request-log.ts';
import { deliveryTrace } from './middleware/trace.ts';

/**
 * The largest delivery, in bytes: the limit of an invocation, less the fields around the body.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_BYTES = 4 * 1024 * 1024;

/** Takes in one delivery: its headers, in lower case, and its exact body, which is signed. Returns the answer for the sender. */
export type Receive = (headers: HttpEvent['headers'], body: string) => Promise<object>;

/** The Lambda handler for calls of other services: by path, without a caller of ours. Errors become problems, as in `serve`. */
export function hook(receivers: Readonly<Record<string, Receive>>) {
  async function answer(event: HttpEvent): Promise<HttpAnswer> {
    const receive = receivers[event.rawPath];
    if (receive === undefined) throw new GantryError('NotFound', `Nothing is delivered to ${event.rawPath}.`);
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    if (body.length > MAX_BYTES) {
      throw new GantryError('TooLarge', `The delivery has ${body.length} bytes; ${MAX_BYTES} are the most.`);
    }
    const told = await receive(event.headers, body.toString('utf8'));
    return {
      statusCode: 202,
      headers: { 'content-type': 'application/json', 'x-request-id': event.requestContext.requestId },
      body: JSON.stringify(told),
    };
  }

  const answered = middy<HttpEvent, HttpAnswer, Error, LambdaContext>()
    .use(requestLog('delivery', ({ rawPath }) => rawPath))
    .use(presentProblem)
    .use(fromEdge)
    .handler(answer);
  return around(deliveryTrace, answered);
}
