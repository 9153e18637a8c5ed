import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';
import { routes } from '@gantry/contract/routes.ts';
import { AuthorityChanged } from '@gantry/core/kernel/authority.ts';
import { currentRequestId, currentTraceId, underTrace } from '@gantry/core/kernel/request.ts';
import type { Call } from '@gantry/runtime/call.ts';
import { around } from '@gantry/runtime/middleware/around.ts';
import { authenticate } from '@gantry/runtime/middleware/authenticate.ts';
import { authority } from '@gantry/runtime/middleware/authority.ts';
import { callLog } from '@gantry/runtime/middleware/call-log.ts';
import { presentProblem } from '@gantry/runtime/middleware/present-problem.ts';
import { presentStatus } from '@gantry/runtime/middleware/present-status.ts';
import { readEvent } from '@gantry/runtime/middleware/read-event.ts';
import { readInput } from '@gantry/runtime/middleware/read-input.ts';
import { stepError } from '@gantry/runtime/middleware/step-error.ts';
import { deliveryTrace, requestTrace, stepTrace } from '@gantry/runtime/middleware/trace.ts';
import { tryAgain } from '@gantry/runtime/middleware/try-again.ts';
import { validate } from '@gantry/runtime/middleware/validate.ts';
import type { QueueEvent } from '@gantry/runtime/queue-event.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import * as z from 'zod';

const teamId = 'team_01J8Z3N5W4Q8R7T6Y5X4W3V2T1';
const traceId = '0af7651916cd43dd8448eb211c80319c';
const context = { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 1000 };
const conflict = new GantryError('Conflict', 'There is one already.');

function request(extra: Record<string, unknown> = {}) {
  return {
    routeKey: 'GET /v1/teams/{teamId}/projects',
    rawPath: `/v1/teams/${teamId}/projects`,
    headers: {},
    pathParameters: { teamId },
    isBase64Encoded: false,
    requestContext: { requestId: 'r-1', http: { method: 'GET', path: '/' } },
    ...extra,
  };
}

function call(operation: keyof typeof routes, event: ReturnType<typeof request>): Call {
  return { operation, route: routes[operation] as Route, handle: () => undefined, event };
}

describe('the scope of a trace', () => {
  type Event = ReturnType<typeof request>;
  type Ids = readonly (string | undefined)[];
  const seen = async (): Promise<Ids> => [currentRequestId(), currentTraceId()];
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
  const traced = request({ headers: { traceparent } });

  it("covers a whole request, with the caller's trace", async () => {
    expect(await around<Event, Ids>(requestTrace, seen)(traced, context)).toEqual(['r-1', traceId]);
    expect(currentTraceId()).toBeUndefined();
  });

  it('starts a new trace for a request without one, and for each delivery of another service', async () => {
    const ids = [
      await around<Event, Ids>(requestTrace, seen)(request(), context),
      await around<Event, Ids>(deliveryTrace, seen)(traced, context),
      await around<Event, Ids>(deliveryTrace, seen)(traced, context),
    ];
    expect(ids.map(([requestId]) => requestId)).toEqual(['r-1', 'r-1', 'r-1']);
    expect(new Set([traceId, ...ids.map(([, id]) => id)]).size).toBe(4);
  });

  it.each([
    ['a deployment', { deployment: { traceId } }, traceId],
    ['a deletion', { target: { traceId } }, traceId],
    ['nothing', {}, undefined],
  ])('takes the trace of a step from %s', async (_, event, expected) => {
    expect(await around(stepTrace, seen)(event, context)).toEqual([undefined, expected]);
  });
});

describe('authority', () => {
  it('runs a call again from the start when the rights of its caller change', async () => {
    let runs = 0;
    const handler = around(authority, async () => {
      runs += 1;
      if (runs === 1) throw new AuthorityChanged();
      return runs;
    });
    expect(await handler({}, context)).toBe(2);
  });

  it('answers Unavailable when AWS throttles', async () => {
    const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    const handler = around(authority, () => Promise.reject(throttled));
    await expect(handler({}, context)).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});

describe('the log of a call', () => {
  interface Answer {
    readonly statusCode: number;
  }
  const log = callLog<{ id: string }, Answer>({
    kind: 'request',
    done: 'done',
    failed: 'failed',
    about: ({ id }, { awsRequestId }) => ({ id, requestId: awsRequestId }),
    outcome: (_event, answer) => ({ status: answer?.statusCode }),
  });
  const present = (statusCode: number) => ({
    onError: (failed: middy.Request) => Object.assign(failed, { response: { statusCode } }) && undefined,
  });
  const change = {
    before: ({ event }: middy.Request) => Object.assign(event as object, { id: 'changed' }) && undefined,
  };
  const lines: Record<string, unknown>[] = [];

  beforeEach(() => {
    lines.length = 0;
    jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("is one line with the call's input, outcome and duration", async () => {
    await middy()
      .use(log)
      .use(change)
      .handler(async () => ({ statusCode: 201 }))({ id: 'e-1' }, context as never);
    expect(lines).toEqual([
      { level: 'info', message: 'done', id: 'e-1', requestId: 'lambda-1', status: 201, ms: expect.any(Number) },
    ]);
  });

  it.each([
    ['error', 'is answered with status 500', present(500)],
    ['error', 'is not answered', { before: () => undefined }],
    ['info', 'is a mistake of the caller, answered with status 409', present(409)],
  ])('has level %s when the error %s', async (level, _, presented) => {
    const handler = middy()
      .use(log)
      .use(presented)
      .handler(() => Promise.reject(conflict));
    await handler({ id: 'e-1' }, context as never).catch(() => undefined);
    const error = expect.objectContaining({ message: conflict.message, stack: expect.any(String) });
    expect(lines).toEqual([expect.objectContaining({ level, message: 'failed', id: 'e-1', error })]);
  });
});

describe('an error', () => {
  it('in an HTTP request becomes a problem with the request id', async () => {
    const handler = middy()
      .use(presentProblem)
      .handler(() => Promise.reject(conflict));
    const answer = await handler(request(), context as never);
    expect(answer).toMatchObject({ statusCode: 409, headers: { 'x-request-id': 'r-1' } });
  });

  it.each([
    [409, conflict],
    [500, new Error('secret')],
  ])('in a WebSocket route becomes status %d and nothing else', async (statusCode, error) => {
    const handler = middy()
      .use(presentStatus)
      .handler(() => Promise.reject(error));
    expect(await handler({}, context as never)).toEqual({ statusCode });
  });

  it.each([
    ['Conflict', conflict, { detail: 'There is one already.', lines: [] }],
    ['Internal', new Error('secret'), { detail: expect.not.stringContaining('secret'), lines: [] }],
  ])('in a step becomes the ASL error %s', async (name, error, message) => {
    const handler = middy()
      .use(stepError)
      .handler(() => Promise.reject(error));
    const thrown = await handler({}, context as never).catch((failure: Error) => failure);
    expect(thrown.name).toBe(name);
    expect(JSON.parse(thrown.message)).toEqual(message);
    expect(Object.keys(thrown)).toEqual(['name']);
  });
});

describe('authentication', () => {
  const caller = { userId: 'user_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' };
  const asked: string[] = [];
  const handler = middy<Call>()
    .use(
      authenticate(async (token) => {
        asked.push(token);
        return caller as never;
      }),
    )
    .handler(async (event) => event.caller ?? 'nobody');
  beforeEach(() => {
    asked.length = 0;
  });

  it('gives the call the caller behind a bearer token', async () => {
    const event = request({ headers: { authorization: 'Bearer abc' } });
    expect(await handler(call('projects.list', event), context as never)).toBe(caller);
    expect(asked).toEqual(['abc']);
  });

  it.each([undefined, 'abc', 'Basic abc', 'Bearer ', 'Bearer a b'])('refuses the header %p', async (authorization) => {
    const answer = handler(call('projects.list', request({ headers: { authorization } })), context as never);
    await expect(answer).rejects.toMatchObject({ kind: 'Unauthenticated' });
    expect(asked).toEqual([]);
  });

  it('looks nobody up when the route is public', async () => {
    const event = request({ headers: { authorization: 'Bearer abc' } });
    expect(await handler(call('health.get', event), context as never)).toBe('nobody');
    expect(asked).toEqual([]);
  });
});

describe('validation', () => {
  const handler = middy<Call>()
    .use(validate)
    .handler(async (event) => event.request);

  it('gives the call the fields that its schemas declare', async () => {
    const event = request({ queryStringParameters: { limit: '5' } });
    const parsed = await handler(call('projects.list', event), context as never);
    expect(parsed).toMatchObject({ params: { teamId }, query: { limit: '5' } });
  });

  it.each(['limit', 'cursor'])('refuses a wrong %s and names the field', async (name) => {
    const event = request({ queryStringParameters: { [name]: 'of-another-list' } });
    const answer = handler(call('projects.list', event), context as never);
    await expect(answer).rejects.toMatchObject({ kind: 'Invalid', fields: [{ field: `query.${name}` }] });
  });

  it('gives a step only the fields that its schema declares', async () => {
    const step = middy()
      .use(readInput(z.object({ place: z.int() })))
      .handler(async (input) => input);
    expect(await step({ place: 3, more: true }, context as never)).toEqual({ place: 3 });
    await expect(step({ place: 'x' }, context as never)).rejects.toThrow(z.ZodError);
  });
});

describe('an event of a queue', () => {
  const hidden: unknown[] = [];
  const server = createServer(async (message, response) => {
    const parts: Buffer[] = [];
    for await (const part of message) parts.push(part as Buffer);
    hidden.push(JSON.parse(Buffer.concat(parts).toString()).VisibilityTimeout);
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
  });
  const eventOf = (body: string, receives = '1'): QueueEvent => ({
    record: {
      messageId: 'm-1',
      receiptHandle: 'h-1',
      eventSourceARN: 'arn:aws:sqs:xx-local-1:000000000000:queue',
      body,
      attributes: { ApproximateReceiveCount: receives },
    },
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'xx-local-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });
  beforeEach(() => {
    hidden.length = 0;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('is parsed by its schema, and its trace becomes the trace of the call', async () => {
    const handler = middy<QueueEvent>()
      .use(readEvent(z.object({ id: z.string(), traceId: z.string() })))
      .handler(async ({ detail, known }) => ({ detail, known, trace: currentTraceId() }));
    const body = JSON.stringify({ detail: { id: 'e-1', traceId, more: true } });
    const read = await underTrace(undefined, () => handler(eventOf(body), context as never));
    const detail = { id: 'e-1', traceId };
    expect(read).toEqual({ detail, known: detail, trace: traceId });
    await expect(handler(eventOf('{'), context as never)).rejects.toThrow(SyntaxError);
  });

  it.each([
    ['after growing pauses when another try may help', new Error('lost'), [1, 4, 16]],
    ['at once when core calls the error final', conflict, [0, 0, 0]],
    ['at once when a policy denies the call', Object.assign(new Error(), { name: 'AccessDeniedException' }), [0, 0, 0]],
    ['at once when it cannot be parsed', new SyntaxError('{'), [0, 0, 0]],
  ])('comes back %s', async (_, error, pauses) => {
    const handler = middy<QueueEvent>()
      .use(tryAgain)
      .handler(() => Promise.reject(error));
    for (const receives of ['1', '2', '3'])
      expect(await handler(eventOf('{}', receives), context as never)).toBe(false);
    expect(hidden).toEqual(pauses);
  });
});
