import type { ZodOpenApiComponentsObject } from 'zod-openapi';
import { type ErrorKind, errorKinds } from './errors.ts';
import type { Problem } from './schemas/common.ts';

const text = (example: string) => ({ schema: { type: 'string' as const }, example });

const headers = {
  RequestId: {
    description: 'Names this request in the logs: quote it in a report',
    ...text('0e372499-dcc3-4543-8af0-3d08df9038b5'),
  },
  ETag: { description: 'The version of the answered record; send it back as `If-Match`', ...text('"3"') },
  RetryAfter: {
    description: 'Seconds after which a repeat may succeed',
    schema: { type: 'integer' as const, minimum: 0 },
    example: 1,
  },
  IdempotencyReplayed: {
    description: '`true` for the stored answer of an earlier request with the same key',
    ...text('true'),
  },
};

const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header' as const,
    required: false,
    description:
      'Makes a repeat safe for 24 hours: the same key and content have one effect and one answer. A random UUID.',
    schema: { type: 'string' as const, pattern: '^[\\x21-\\x7e]{1,255}$' },
    example: '5f0c7a1e-3f0b-4a57-9a51-0f2f8a6f2f11',
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header' as const,
    required: false,
    description:
      'The `ETag` of the version that the change is based on; the answer is 412 if the present version is another.',
    schema: { type: 'string' as const, pattern: '^(?:\\*|"\\d{1,15}")$' },
    example: '"3"',
  },
};

/** The shared parts of operations. */
export const components: ZodOpenApiComponentsObject = {
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', description: 'An access token of a sign-in: `Authorization: Bearer …`' },
  },
  headers,
  parameters,
};

/** References to the shared parts. */
export const reference = {
  header: (name: keyof typeof headers) => ({ $ref: `#/components/headers/${name}` }),
  parameter: (name: keyof typeof parameters) => ({ $ref: `#/components/parameters/${name}` }) as const,
};

/** The response for one kind of error. */
export function problemExample(kind: ErrorKind): Problem {
  const { status, title } = errorKinds[kind];
  return {
    type: `urn:gantry:error:${kind}`,
    title,
    status,
    detail: details[kind] ?? `${title}.`,
    kind,
    requestId: headers.RequestId.example,
    ...(kind === 'Invalid' && { fields: [{ field: 'body.slug', message: 'must begin with a letter' }] }),
  };
}

const details: Partial<Record<ErrorKind, string>> = {
  Invalid: 'body.slug must begin with a letter',
  Unauthenticated: 'The access token is not valid or has expired. Sign in again.',
  Forbidden: 'Your role on this team is viewer, which does not allow project.create. Ask an owner or admin.',
  NotFound: 'There is no project prj_01J8Z3N5W4Q8R7T6Y5X4W3V2T1 here.',
  Conflict: 'There is already a project called shop here. Choose another name.',
  PreconditionFailed: 'It is at version 4 by now. Read it again and repeat the change.',
};
