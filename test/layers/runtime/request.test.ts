import { GantryError } from '@gantry/contract/errors.ts';
import type { Route } from '@gantry/contract/route.ts';
import { routes } from '@gantry/contract/routes.ts';
import { problemAnswer } from '@gantry/runtime/problem.ts';
import { parseRequest } from '@gantry/runtime/request.ts';
import { step } from '@gantry/runtime/step.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';

const route = routes['projects.create'];
const teamId = 'team_01J8Z3N5W4Q8R7T6Y5X4W3V2T1';

function request(body: string | undefined, extra: Record<string, unknown> = {}) {
  return {
    routeKey: 'POST /v1/teams/{teamId}/projects',
    rawPath: '/',
    headers: { 'content-type': 'application/json' },
    pathParameters: { teamId },
    isBase64Encoded: false,
    requestContext: { requestId: 'r', http: { method: 'POST', path: '/' } },
    ...(body !== undefined && { body }),
    ...extra,
  };
}

function refusal(target: Route, event: ReturnType<typeof request>): GantryError {
  try {
    parseRequest(target, event);
  } catch (error) {
    if (error instanceof GantryError) return error;
    throw error;
  }
  throw new Error('the request was accepted');
}

describe('a request', () => {
  it('arrives as its schemas declare', () => {
    expect(parseRequest(route, request('{"slug":"shop"}'))).toEqual({
      params: { teamId },
      query: {},
      body: { slug: 'shop' },
    });
  });

  it.each([
    ['an unknown field', '{"slug":"shop","colour":"red"}', 'body.colour'],
    ['a wrong type', '{"slug":7}', 'body.slug'],
    ['broken JSON', '{"slug":', 'body'],
    ['no body', undefined, 'body'],
    ['a control character', '{"slug":"shop","name":"a\\u0007b"}', 'body.name'],
  ])('with %s is Invalid, and the error names the field', (_, body, field) => {
    const error = refusal(route, request(body));
    expect(error.kind).toBe('Invalid');
    expect(error.fields.map((entry) => entry.field)).toContain(field);
  });

  it('with an unknown query parameter is Invalid', () => {
    const error = refusal(route, request('{"slug":"shop"}', { queryStringParameters: { force: 'yes' } }));
    expect(error.fields[0]?.field).toBe('query.force');
  });

  it('with a body above the limit is TooLarge', () => {
    expect(refusal(route, request(JSON.stringify({ slug: 'a'.repeat(300_000) }))).kind).toBe('TooLarge');
  });

  it('never fails in any other way, for any body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        try {
          parseRequest(route, request(body));
        } catch (error) {
          expect(error).toBeInstanceOf(GantryError);
        }
      }),
    );
  });
});

describe('an error', () => {
  it('thrown by core becomes a problem of its kind', () => {
    const answer = problemAnswer(new GantryError('Conflict', 'There is already a project called shop here.'), 'r-1');
    expect(answer.statusCode).toBe(409);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Conflict', requestId: 'r-1' });
  });

  it('that is unexpected shows the request id and nothing of its own text', () => {
    const answer = problemAnswer(new Error('secret detail of table gantry'), 'r-2');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(answer.body).toContain('r-2');
  });

  it('in a step has its kind as name, and its detail and lines as message', async () => {
    const handler = step(z.object({}), () =>
      Promise.reject(new GantryError('ReleaseFailed', 'The app exited.', [], { lines: ['boom'] })),
    );
    const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 1000 };
    await expect(handler({}, context)).rejects.toMatchObject({
      name: 'ReleaseFailed',
      message: JSON.stringify({ detail: 'The app exited.', lines: ['boom'] }),
    });
  });
});
